"""The JVM class-data archive: Spark's classes, parsed and verified once per Spark and Java.

An entry of the cache holds two archives (JEP 350): ``spark.jsa`` for drivers, masters, workers and
executors, and ``launcher.jsa`` for the small virtual machine in which ``spark-class`` puts its command
together. Where Java cannot write one, it is missing from the entry, and is not tried again.
"""

import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

import msgspec

from sparkferry.env import Env
from sparkferry.files import sha256_bytes
from sparkferry.process import attempt
from sparkferry.spark.distribution import Cache, SparkHome
from sparkferry.spark.environ import LOOPBACK, driver_environ, temporary_files
from sparkferry.spark.java import Java
from sparkferry.spark.jvm import Jvm, can_archive, has_space, joined
from sparkferry.spark.submit import PROGRAM, SubmitRequest

_SPARK, _LAUNCHER, _SIZES = "spark.jsa", "launcher.jsa", "sizes.json"

_FORMAT = 2
"""Raised whenever what is in an entry changes."""


class ClassData(msgspec.Struct, frozen=True, kw_only=True):
    """The archives that there are."""

    spark: Path | None = None
    launcher: Path | None = None


def find_class_data(home: SparkHome, java: Java, cache: Cache) -> ClassData | None:
    """Return the archives of this Spark and Java, or None if they were never made."""
    directory = cache.find_directory("spark", _key(home, java))
    return None if directory is None else _read(directory)


def make_class_data(home: SparkHome, java: Java, env: Env) -> ClassData:
    """Return the archives of this Spark and Java, made now (half a minute) unless they are there.

    :raises ExternalError: Spark cannot be started, or the cache cannot be written.
    """

    def fill(directory: Path) -> None:
        if can_archive(java):
            env.progress.message(
                f"making the class-data archive of Spark {home.version} and Java {java.build}"
            )
            if _train(home, java, directory, env.environ):
                _write_sizes(directory)

    return _read(env.cache.directory("spark", _key(home, java), fill))


def _key(home: SparkHome, java: Java) -> str:
    """Return what the archives depend on: the virtual machine checks name, size and time of each jar."""
    with os.scandir(home.path / "jars") as jars:
        found = sorted((jar.name, jar.stat().st_size, jar.stat().st_mtime_ns) for jar in jars)
    inputs = (_FORMAT, str(home.path), str(java.home), java.build, found)
    return f"class-data-{sha256_bytes(msgspec.json.encode(inputs))[:32]}"


def _write_sizes(directory: Path) -> None:
    """Write down how large each archive is: of a shorter one, the virtual machine dies."""
    sizes = {path.name: path.stat().st_size for path in directory.glob("*.jsa")}
    (directory / _SIZES).write_bytes(msgspec.json.encode(sizes))


def _read(directory: Path) -> ClassData:
    try:
        sizes = msgspec.json.decode((directory / _SIZES).read_bytes(), type=dict[str, int])
    except FileNotFoundError:
        return ClassData()
    whole = {path.name: path for path in directory.glob("*.jsa") if _has(path, sizes)}
    return ClassData(spark=whole.get(_SPARK), launcher=whole.get(_LAUNCHER))


def _has(path: Path, sizes: dict[str, int]) -> bool:
    return path.stat().st_size == sizes.get(path.name)


def _train(home: SparkHome, java: Java, directory: Path, environ: Mapping[str, str]) -> bool:
    """Run a typical job, at whose end each machine writes its archive; return whether it ended well."""
    work = directory / "work"
    work.mkdir()
    try:
        call = _request(work).argv(str(home.path / PROGRAM))
        env = {**driver_environ(home, java, environ), **_archiving(java, directory, work)}
        return attempt(call, cwd=work, env=env).code == 0
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _request(work: Path) -> SubmitRequest:
    return SubmitRequest(
        master="local[2]",
        name="class-data",
        conf={
            "spark.pyspark.python": sys.executable,
            "spark.ui.port": "0",
            "spark.ui.showConsoleProgress": "false",
            "spark.driver.host": LOOPBACK,
        },
        main=str(Path(__file__).with_name("class_data_job.py")),
        args=(str(work),),
    )


def _archiving(java: Java, directory: Path, work: Path) -> dict[str, str]:
    options = (_archive_at(directory / _SPARK), *Jvm(java=java, temporary=work).options())
    launcher = _archive_at(directory / _LAUNCHER)
    return {
        **temporary_files(work),
        "SPARK_SUBMIT_OPTS": joined(options),
        # spark-class splits it at white space.
        **({} if has_space(launcher) else {"SPARK_LAUNCHER_OPTS": launcher}),
    }


def _archive_at(path: Path) -> str:
    return f"-XX:ArchiveClassesAtExit={path}"
