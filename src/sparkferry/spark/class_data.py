"""The JVM class-data archive: Spark's classes, parsed and verified once per Spark and Java.

An entry of the cache holds two archives (JEP 350): ``spark.jsa`` for drivers, masters, workers and
executors, and ``launcher.jsa`` for the small virtual machine in which ``spark-class`` puts its command
together. Where Java cannot write one, it is missing from the entry, and is not tried again.
"""

import os
import shutil
import sys
from pathlib import Path

import msgspec

from sparkferry.files import sha256_bytes
from sparkferry.process import attempt
from sparkferry.progress import QUIET, Progress
from sparkferry.spark.distribution import Cache, SparkHome
from sparkferry.spark.environ import driver_environ, temporary_files
from sparkferry.spark.java import Java
from sparkferry.spark.jvm import Jvm, can_archive, joined
from sparkferry.spark.submit import PROGRAM, SubmitRequest

_SPARK, _LAUNCHER = "spark.jsa", "launcher.jsa"

_FORMAT = 1
"""Raised whenever what is in an entry changes."""


class ClassData(msgspec.Struct, frozen=True, kw_only=True):
    """The archives that there are."""

    spark: Path | None = None
    launcher: Path | None = None


def find_class_data(home: SparkHome, java: Java, cache: Cache) -> ClassData | None:
    """Return the archives of this Spark and Java, or None if they were never made."""
    directory = cache.find_directory("spark", _key(home, java))
    return None if directory is None else _read(directory)


def make_class_data(
    home: SparkHome, java: Java, cache: Cache, progress: Progress = QUIET
) -> ClassData:
    """Return the archives of this Spark and Java, made now (half a minute) unless they are there.

    :raises WorldError: Spark cannot be started, or the cache cannot be written.
    """

    def fill(directory: Path) -> None:
        if can_archive(java):
            progress.message(
                f"making the class-data archive of Spark {home.version} and Java {java.build}"
            )
            _train(home, java, directory)

    return _read(cache.directory("spark", _key(home, java), fill))


def _key(home: SparkHome, java: Java) -> str:
    """Return what the archives depend on: the virtual machine checks name, size and time of each jar."""
    with os.scandir(home.path / "jars") as jars:
        found = sorted((jar.name, jar.stat().st_size, jar.stat().st_mtime_ns) for jar in jars)
    inputs = (_FORMAT, str(home.path), str(java.home), java.build, found)
    return f"class-data-{sha256_bytes(msgspec.json.encode(inputs))[:32]}"


def _read(directory: Path) -> ClassData:
    spark, launcher = directory / _SPARK, directory / _LAUNCHER
    return ClassData(
        spark=spark if spark.exists() else None,
        launcher=launcher if launcher.exists() else None,
    )


def _train(home: SparkHome, java: Java, directory: Path) -> None:
    """Run a typical job; each virtual machine writes its archive when it ends."""
    work = directory / "work"
    work.mkdir()
    request = SubmitRequest(
        master="local[2]",
        name="class-data",
        conf={
            "spark.pyspark.python": sys.executable,
            "spark.ui.port": "0",
            "spark.ui.showConsoleProgress": "false",
            "spark.driver.host": "127.0.0.1",
        },
        main=str(Path(__file__).with_name("class_data_job.py")),
        args=(str(work),),
    )
    options = (
        f"-XX:ArchiveClassesAtExit={directory / _SPARK}",
        *Jvm(java=java, temporary=work).options(),
    )
    environ = {
        **driver_environ(home, java, os.environ),
        **temporary_files(work),
        "SPARK_SUBMIT_OPTS": joined(options),
        "SPARK_LAUNCHER_OPTS": f"-XX:ArchiveClassesAtExit={directory / _LAUNCHER}",
    }
    try:
        attempt(request.argv(str(home.path / PROGRAM)), cwd=work, env=environ)
    finally:
        shutil.rmtree(work, ignore_errors=True)
