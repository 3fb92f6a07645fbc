"""Images with Spark and Java, for Kubernetes and for standalone clusters."""

from pathlib import Path

from sparkferry.base.platforms import Platform
from sparkferry.errors import UserError
from sparkferry.image.debian.configure.unpacked import Account
from sparkferry.image.debian.model import ARCHITECTURES, Suite
from sparkferry.image.entry import Entry
from sparkferry.image.kinds.kind import (
    COMMON_ENV,
    COMMON_PACKAGES,
    Kind,
)
from sparkferry.image.model import HOME, PY4J, SPARK
from sparkferry.spark.versions import SparkLine

_UID = 185
"""Number of the user in Spark's own images (its resource-managers/kubernetes/docker)."""

_SPARK_HOME = f"/{SPARK}"
_SCRIPT = f"{HOME}/bin/entrypoint.sh"
_USER_HOME = "/home/spark"
_WORK = f"{_SPARK_HOME}/work-dir"
"""Where Kubernetes expects the working directory of drivers and executors."""

JAVA_OF_SUITE: dict[Suite, int] = {"bookworm": 17, "trixie": 21}
"""Feature version of Debian's default Java, by suite."""


def spark(platform: Platform, suite: Suite, line: SparkLine) -> Kind:
    """Return the kind for ``platform`` upon Debian's ``suite``.

    Everything that must be writable belongs to the group root, which a user of any number has.

    :raises UserError: the Spark line does not run on the suite's Java.
    """
    java = _java(suite, line)
    return Kind(
        name="spark",
        account=Account(name="spark", uid=_UID, gid=0, home=_USER_HOME),
        packages=COMMON_PACKAGES,
        java=(f"openjdk-{java}-jre-headless",),
        env={
            **COMMON_ENV,
            "JAVA_HOME": f"/usr/lib/jvm/java-{java}-openjdk-{ARCHITECTURES[platform]}",
            "PATH": f"{COMMON_ENV['PATH']}:{_SPARK_HOME}/bin",
            # For a Python that Spark did not start.
            "PYTHONPATH": f"{_SPARK_HOME}/python:{_SPARK_HOME}/{PY4J}",
            "SPARK_HOME": _SPARK_HOME,
        },
        class_path="SPARK_DIST_CLASSPATH",
        entries=(
            *(_writable(path) for path in (_USER_HOME, _WORK)),
            Entry(path=_SCRIPT, mode=0o755, content=Path(__file__).with_name("entrypoint.sh")),
        ),
        entry_point=("/usr/bin/tini", "-s", "--", f"/{_SCRIPT}"),
        command=(),
        working_directory=_WORK,
        brings_spark=True,
    )


def _java(suite: Suite, line: SparkLine) -> int:
    java = JAVA_OF_SUITE[suite]
    if java not in line.java:
        fitting = [f"`debian:{name}`" for name, has in JAVA_OF_SUITE.items() if has in line.java]
        raise UserError(
            f"could not build an image with Spark {line.line} upon Debian {suite}: it runs on Java "
            f"{', '.join(map(str, line.java))}, and {suite} has {java}",
            hint=f"set `base` of the image to {' or '.join(fitting)}, or use a newer Spark",
        )
    return java


def _writable(path: str) -> Entry:
    return Entry(path=path.strip("/"), kind="directory", mode=0o775, uid=_UID, gid=0)
