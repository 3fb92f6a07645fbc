"""What a kind of image promises, as data."""

from typing import Literal

import msgspec

from sparkferry.image.debian.configure.unpacked import Account
from sparkferry.image.entry import Entry
from sparkferry.image.model import HOME

KindName = Literal["dataproc", "spark"]

CONF = f"{HOME}/conf"
JARS = f"{HOME}/jars"

PYTHON = f"/{HOME}/python/bin/python3"
"""The packed interpreter."""

COMMON_PACKAGES = (
    "bash",
    "ca-certificates",
    "coreutils",
    "hostname",
    "libc-bin",
    "libstdc++6",
    "procps",
    "tini",
    "tzdata",
    "zlib1g",
)
"""What every image needs, whatever its base has: a shell for Spark's scripts, libraries that wheels may
expect (PEP 600), certificates, time zones, and an init that forwards signals."""

COMMON_ENV = {
    "LANG": "C.UTF-8",
    "PATH": f"/{HOME}/code/bin:/{HOME}/packages/bin:/{HOME}/python/bin"
    ":/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "PYSPARK_DRIVER_PYTHON": PYTHON,
    "PYSPARK_PYTHON": PYTHON,
    "PYTHONFAULTHANDLER": "1",
    "PYTHONHASHSEED": "0",
    "PYTHONUNBUFFERED": "1",
}
"""PYTHONHASHSEED is fixed, or shuffles by text would lose rows."""


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """What images of a kind have, on one platform and upon one Debian suite."""

    name: KindName
    account: Account
    """Whom everything in a container runs as."""
    packages: tuple[str, ...]
    """Debian packages, without Java."""
    java: tuple[str, ...] = ()
    """Debian packages of the Java runtime; none where it is mounted."""
    env: dict[str, str]
    class_path: str
    """Name of the variable that puts jars on the class path of all of Spark's processes."""
    entries: tuple[Entry, ...]
    """Files of its own, with the directories that must be writable."""
    entry_point: tuple[str, ...]
    command: tuple[str, ...]
    working_directory: str
    brings_spark: bool
    """Whether Spark is in the image."""
