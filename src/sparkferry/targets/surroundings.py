"""What a target brings and what it is given: its Spark and its Python."""

from pathlib import Path

import msgspec

from sparkferry.base.cache import Cache
from sparkferry.errors import UserError
from sparkferry.layers.environment import host_glibc
from sparkferry.layers.interpreter.choose import choose_prefix, wish_of
from sparkferry.layers.interpreter.prefix import host_platform
from sparkferry.layers.locks.locked import locked_spark
from sparkferry.layers.pack import TargetPython
from sparkferry.progress import Progress
from sparkferry.project.kinds.registry import AnyTarget
from sparkferry.project.model import Project
from sparkferry.spark.distribution import own_spark_home
from sparkferry.spark.versions import full_version, minor_versions, spark_line


class Surroundings(msgspec.Struct, frozen=True, kw_only=True):
    """Spark and Python of one target."""

    spark: str
    """Full version."""
    python: TargetPython


def surroundings(project: Project, cache: Cache, progress: Progress) -> Surroundings:
    """Return what the project's target brings and gets.

    :raises UserError: Spark line, lock, Python and machine do not go together.
    :raises WorldError: no Python fits, and none could be fetched.
    """
    spark = spark_version(project, project.target, cache)
    return Surroundings(spark=spark, python=target_python(project, spark, cache, progress))


def spark_version(project: Project, target: AnyTarget, cache: Cache) -> str:
    """Return the full version: of the target's own Spark, else the lock's, else the line's newest.

    :raises UserError: the target's Spark cannot be read, or the lock names another line.
    """
    if target.spark_home:
        return own_spark_home(Path(target.spark_home)).version
    return full_version(project.settings.spark, locked_spark(project, cache))


def target_python(project: Project, spark: str, cache: Cache, progress: Progress) -> TargetPython:
    """Return the Python that the project's target gets with a version, or line, of ``spark``.

    :raises UserError: Spark line, Python and machine do not go together.
    :raises WorldError: no Python fits, and none could be fetched.
    """
    platform, glibc = host_platform(), _glibc(project)
    if platform is None or glibc is None:
        raise UserError(
            f"could not use this machine as target `{project.settings.target}`: it is not Linux "
            "with glibc on amd64 or arm64",
            hint="run sparkferry in a Linux machine or container",
        )
    specifiers = spark_line(spark).python
    minors = cache.memo(
        f"minor versions {specifiers}", list[str], lambda: minor_versions(specifiers)
    )
    wish = wish_of(project, minors, platform)
    return TargetPython(prefix=choose_prefix(wish, cache, progress), glibc=glibc)


def _glibc(project: Project) -> tuple[int, int] | None:
    """Return the version of glibc that driver and executors meet: of this machine, or of their image."""
    if project.target.container is None:
        return host_glibc()
    from sparkferry.image.pythons import glibc_of
    from sparkferry.image.recipe import image_settings

    # That of another base is known only when it has been fetched.
    return glibc_of(image_settings(project).base) or host_glibc()
