"""Spark and Java: that they are there, or that they are not."""

import re
from collections.abc import Callable, Iterator
from collections.abc import Set as AbstractSet

from sparkferry.errors import Diagnostic
from sparkferry.image.verify.model import CheckInput, error, warning
from sparkferry.image.verify.programs import check_program, which

_PYSPARK = "/pyspark/__init__.py"
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
        lambda path: path.endswith(_PYSPARK),
        "leave it out: it must be that of the mounted Spark",
    ),
)
"""What must not be in an image for Dataproc, and by which files it is known."""


def check_nothing_mounted(subject: CheckInput) -> Iterator[Diagnostic]:
    """Check for Spark and Java, which the service mounts: others are large, and clash."""
    for what, is_one, hint in _STRANGERS:
        found = [path for path in subject.rootfs.nodes if is_one(path)]
        if found:
            yield error(f"{what} is in the image, at `/{found[0]}`", hint)


def check_spark(subject: CheckInput) -> Iterator[Diagnostic]:
    """Check that SPARK_HOME has a whole Spark, and says which."""
    home = subject.config.config.environ.get("SPARK_HOME", "").rstrip("/")
    if not home:
        yield error("SPARK_HOME is not set", "set it to the directory of Spark in the image")
        return
    yield from check_program(subject, "Spark's launcher", f"{home}/bin/spark-class")
    place = subject.rootfs.resolve(f"{home}/jars")
    jars = [] if place is None else [x for x in subject.rootfs.nodes if x.startswith(f"{place}/")]
    versions = {found[1] for found in map(_CORE.search, jars) if found}
    if not versions:
        yield error(f"there is no Spark in `{home}/jars`", "copy all of its jars there")
    yield from _version(subject, f"{home}/.spark-version", versions)


def _version(subject: CheckInput, path: str, versions: AbstractSet[str]) -> Iterator[Diagnostic]:
    hint = "write the version of Spark into it"
    said = subject.rootfs.text(path).strip()
    if subject.rootfs.find(path) is None:
        yield warning(f"`{path}` is not there: nobody can ask the image which Spark it has", hint)
    elif versions and versions != {said}:
        has = ", ".join(sorted(versions))
        yield error(f"`{path}` says `{said}`, and the image has Spark {has}", hint)


def check_only_one(subject: CheckInput) -> Iterator[Diagnostic]:
    """Check that there is no PySpark but that of SPARK_HOME: Python would import either."""
    home = subject.rootfs.resolve(subject.config.config.environ.get("SPARK_HOME", "/")) or ""
    others = (x for x in subject.rootfs.nodes if x.endswith(_PYSPARK))
    found = next((x for x in others if not x.startswith(f"{home}/")), None)
    if home and found:
        yield error(
            f"pyspark is in the image beside that of SPARK_HOME, at `/{found}`",
            "leave it out of the packages: Spark brings its own",
        )


def check_java(subject: CheckInput) -> Iterator[Diagnostic]:
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
