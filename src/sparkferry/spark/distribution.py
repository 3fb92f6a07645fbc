"""The Spark that we start ourselves: the pip ``pyspark``, installed once, or the user's own SPARK_HOME."""

import os
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Literal, Protocol

import msgspec

from sparkferry.errors import ExternalError, UserError
from sparkferry.progress import QUIET, Progress
from sparkferry.uv.call import uv

_CORE_JAR = re.compile(r"spark-core_[0-9.]+-(?P<version>.+)\.jar")
_PIP_INSTALL = ("pip", "install", "--quiet", "--no-deps")
_PYTHON_LIB = "python/lib"


class SparkHome(msgspec.Struct, frozen=True, kw_only=True):
    """A Spark installation."""

    path: Path
    """What SPARK_HOME is set to."""
    version: str
    """Full version, as ``4.0.5``."""


class Cache(Protocol):
    """What is needed of the cache: directories that are made once, whole or not at all."""

    def directory(self, area: Literal["spark"], key: str, fill: Callable[[Path], None]) -> Path:
        """Return the directory ``key``, made by ``fill`` if it is not there."""
        ...

    def find_directory(self, area: Literal["spark"], key: str) -> Path | None:
        """Return the directory ``key``, or None if it was never made."""
        ...


def spark_home(version: str, cache: Cache, progress: Progress = QUIET) -> SparkHome:
    """Return the pip ``pyspark`` of a version, installed into the cache the first time.

    :raises ExternalError: it cannot be downloaded or installed.
    """

    def fill(directory: Path) -> None:
        progress.message(f"installing pyspark {version} into the cache: once, about 450 MB")
        _install(version, directory)
        _make_home(directory)

    return SparkHome(path=cache.directory("spark", version, fill) / "home", version=version)


def own_spark_home(path: Path) -> SparkHome:
    """Return the user's own installation, with the version that its jars tell.

    :raises UserError: there is no Spark in ``path``.
    """
    if not (path / "bin" / "spark-submit").is_file():
        raise UserError(
            f"could not use `{path}` as SPARK_HOME: there is no `bin/spark-submit` in it",
            hint="set `spark-home` of the target to an unpacked Spark, or remove it",
        )
    jars = (
        _CORE_JAR.fullmatch(jar.name) for jar in sorted((path / "jars").glob("spark-core_*.jar"))
    )
    version = next((jar["version"] for jar in jars if jar), None)
    if version is None:
        raise UserError(
            f"could not use `{path}` as SPARK_HOME: there is no `jars/spark-core_*.jar` in it",
            hint="a Spark without its jars cannot be started; unpack the whole distribution",
        )
    return SparkHome(path=path.absolute(), version=version)


def _install(version: str, directory: Path) -> None:
    """Install without py4j, which Spark carries in its ``python/lib``."""
    wanted = f"pyspark=={version}"
    try:
        options = ("--python", sys.executable, "--target", str(directory))
        uv((*_PIP_INSTALL, *options, wanted), action=f"install `{wanted}`", cwd=directory)
    except ExternalError as error:
        raise ExternalError(
            error.message,
            hint="check the version and the network, or set `spark-home` of the target to a Spark "
            "that is installed",
        ) from error


def _make_home(directory: Path) -> None:
    """Make ``home``, the same Spark with its Python modules as files in place of a zip.

    Spark puts ``python/lib/pyspark.zip`` on the path of every Python. Modules in a zip are compiled
    anew by each process; in a directory of that name they are compiled once.
    """
    spark, home = directory / "pyspark", directory / "home"
    (home / _PYTHON_LIB).mkdir(parents=True)
    for name in ("bin", "sbin", "jars"):
        (home / name).symlink_to(Path("..", "pyspark", name))
    lib = home / _PYTHON_LIB
    for archive in sorted((spark / _PYTHON_LIB).glob("py4j-*.zip")):
        (lib / archive.name).symlink_to(os.path.relpath(archive, lib))
    modules = directory / "modules"
    modules.mkdir()
    (modules / "pyspark").symlink_to(Path("..", "pyspark"))
    (lib / "pyspark.zip").symlink_to(os.path.relpath(modules, lib))
