"""What a standalone cluster brings."""

from sparkferry.env import Env
from sparkferry.errors import UserError
from sparkferry.facts import Facts
from sparkferry.layers.environment import host_glibc
from sparkferry.layers.interpreter.prefix import host_platform
from sparkferry.layers.locks.locked import locked_spark
from sparkferry.project.kinds.standalone import StandaloneTarget
from sparkferry.project.model import Project
from sparkferry.spark.versions import full_version, python_minors, spark_line
from sparkferry.targets.standalone.master import find_master, room


def standalone_facts(project: Project, settings: StandaloneTarget, env: Env) -> Facts:
    """Return what runs of the project on the cluster have.

    :raises UserError: Spark line and lock do not go together, or this machine is not Linux with glibc.
    :raises ExternalError: no master answers.
    """
    platform, glibc = host_platform(), _glibc(settings)
    if platform is None or glibc is None:
        raise UserError(
            f"could not start a driver for `{project.settings.target}`: this machine is not Linux "
            "with glibc on amd64 or arm64",
            hint="run sparkferry in a Linux machine or container",
        )
    master = find_master(settings)
    spark = master.version or full_version(project.settings.spark, locked_spark(project, env.cache))
    fitting = room(master.alive, settings.cores, settings.memory)
    return Facts(
        spark=spark,
        pythons=python_minors(spark, env.cache),
        platform=platform,
        glibc=glibc,
        java=spark_line(spark).java,
        deploy_mode="client",
        schemes=("file", "hdfs", "http", "https"),
        executors=min(settings.executors or fitting, fitting) or None,
    )


def _glibc(settings: StandaloneTarget) -> tuple[int, int] | None:
    if settings.glibc is None:
        return host_glibc()
    major, _, minor = settings.glibc.partition(".")
    return int(major), int(minor)
