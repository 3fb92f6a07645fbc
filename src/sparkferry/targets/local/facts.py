"""What this machine brings."""

from pathlib import Path

from sparkferry.env import Env
from sparkferry.errors import UserError
from sparkferry.facts import Facts
from sparkferry.layers.environment import host_glibc
from sparkferry.layers.interpreter.prefix import host_platform
from sparkferry.layers.locks.locked import locked_spark
from sparkferry.project.image_settings import ImageSettings
from sparkferry.project.kinds.local import LocalTarget
from sparkferry.project.model import Project
from sparkferry.spark.distribution import own_spark_home
from sparkferry.spark.versions import full_version, python_minors, spark_line


def local_facts(project: Project, settings: LocalTarget, env: Env) -> Facts:
    """Return what runs of the project on this machine have.

    :raises UserError: Spark line, lock and machine do not go together.
    """
    platform, glibc = host_platform(), _glibc(project, settings)
    if platform is None or glibc is None:
        raise UserError(
            f"could not use this machine as target `{project.settings.target}`: it is not Linux "
            "with glibc on amd64 or arm64",
            hint="run sparkferry in a Linux machine or container",
        )
    spark = spark_version(project, settings, env)
    return Facts(
        spark=spark,
        pythons=python_minors(spark, env.cache),
        platform=platform,
        glibc=glibc,
        java=None if brings_java(project, settings) else spark_line(spark).java,
        deploy_mode="client",
        schemes=("file",),
        executors=settings.workers or 1,
        here=settings.container is None,
    )


def spark_version(project: Project, settings: LocalTarget, env: Env) -> str:
    """Return the full version: of the target's own Spark, else the lock's, else the line's newest.

    :raises UserError: the target's Spark cannot be read, or the lock names another line.
    """
    if settings.spark_home:
        return own_spark_home(Path(settings.spark_home)).version
    return full_version(project.settings.spark, locked_spark(project, env.cache))


def brings_java(project: Project, settings: LocalTarget) -> bool:
    """Return whether the target runs in an image that has Java."""
    return settings.container is not None and _image(project, settings).kind == "spark"


def _image(project: Project, settings: LocalTarget) -> ImageSettings:
    return settings.image or project.settings.image


def _glibc(project: Project, settings: LocalTarget) -> tuple[int, int] | None:
    """Return the version of glibc that driver and executors meet: of this machine, or of their image."""
    if settings.container is None:
        return host_glibc()
    from sparkferry.image.pythons import glibc_of

    # That of another base is known only when it has been fetched.
    return glibc_of(_image(project, settings).base) or host_glibc()
