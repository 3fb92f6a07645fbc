"""Spark and Java: that they are there, or that they are not."""

import re
from collections.abc import Callable, Iterator

from sparkferry.errors import Diagnostic
from sparkferry.image.verify.model import Subject, error, warning
from sparkferry.image.verify.programs import check_program, which

_CORE = re.compile(r"(?:^|/)spark-core_[\d.]+-([\w.-]+)\.jar$")
_STRANGERS: tuple[tuple[str, Callable[[str], bool], str], ...] = (
    ("Spark", lambda path: bool(_CORE.search(path)), "leave it out: Dataproc mounts its own"),
    (
        "a Java runtime",
        lambda path: path.endswith(("/libjvm.so", "/lib/rt.jar")),
        "leave it out: Dataproc mounts its own",
    ),
    (
        "pyspark",
        lambda path: path.endswith("/pyspark/__init__.py"),
        "leave it out: it must be that of the mounted Spark",
    ),
)
"""What must not be in an image for Dataproc, and by which files it is known."""


def check_nothing_mounted(subject: Subject) -> Iterator[Diagnostic]:
    """Check for Spark and Java, which the service mounts: others are large, and clash."""
    for what, is_one, hint in _STRANGERS:
        found = [path for path in subject.rootfs.nodes if is_one(path)]
        if found:
            yield error(f"{what} is in the image, at `/{found[0]}`", hint)


def check_spark(subject: Subject) -> Iterator[Diagnostic]:
    """Check that SPARK_HOME has a whole Spark, and says which."""
    home = subject.config.config.environ.get("SPARK_HOME", "").rstrip("/")
    if not home:
        yield error("SPARK_HOME is not set", "set it to the directory of Spark in the image")
        return
    yield from check_program(subject, "Spark's launcher", f"{home}/bin/spark-class")
    place = subject.rootfs.resolve(f"{home}/jars")
    jars = [] if place is None else [x for x in subject.rootfs.nodes if x.startswith(f"{place}/")]
    if not any(map(_CORE.search, jars)):
        yield error(f"there is no Spark in `{home}/jars`", "copy all of its jars there")
    if subject.rootfs.find(f"{home}/.spark-version") is None:
        yield warning(
            f"`{home}/.spark-version` is not there: nobody can ask the image which Spark it has",
            "write the version of Spark into it",
        )


def check_java(subject: Subject) -> Iterator[Diagnostic]:
    """Check for Java where Spark's launcher looks: JAVA_HOME, then PATH."""
    home = subject.config.config.environ.get("JAVA_HOME")
    found = f"{home}/bin/java" if home else which(subject, "java")
    if found is None:
        yield error(
            "there is no Java: neither JAVA_HOME nor `java` on PATH",
            "install a headless runtime, and set JAVA_HOME",
        )
    else:
        yield from check_program(subject, "Java", found)
