"""The empty environment of masters, workers and executors: what is not packed is not there."""

import shutil
from collections.abc import Sequence
from pathlib import Path

from sparkferry.errors import ExternalError
from sparkferry.spark.distribution import SparkHome
from sparkferry.spark.environ import (
    private_home,
    python_environ,
    spark_environ,
    temporary_files,
)
from sparkferry.spark.java import Java
from sparkferry.spark.jvm import joined

NEEDED = ("bash", "dirname", "rm", "chmod", "tar", "gzip")
"""What ``spark-class``, and Spark and Hadoop when they unpack and clear away, call."""

USUAL = (
    *(
        "basename",
        "cat",
        "cp",
        "cut",
        "date",
        "df",
        "du",
        "env",
        "false",
        "find",
        "getconf",
        "grep",
    ),
    *(
        "groups",
        "head",
        "hostname",
        "id",
        "kill",
        "ln",
        "ls",
        "mkdir",
        "mktemp",
        "mv",
        "nice",
        "ps",
    ),
    *("readlink", "rmdir", "sed", "setsid", "sh", "sleep", "sort", "stat", "tail", "touch", "tr"),
    *("true", "uname", "wc", "whoami", "xargs"),
)
"""What every machine of a cluster has, too."""

_DAEMON_MEMORY = "512m"
"""Heap of a master or worker; they hold no data."""


def make_tools(directory: Path) -> None:
    """Make ``directory`` with links to the tools of this machine, to be the whole PATH.

    :raises ExternalError: one of :data:`NEEDED` is not on this machine.
    """
    directory.mkdir(parents=True)
    for name in (*NEEDED, *USUAL):
        found = shutil.which(name)
        if found:
            (directory / name).symlink_to(found)
        elif name in NEEDED:
            raise ExternalError(
                f"could not find `{name}`: it is not on PATH",
                hint=f"install `{name}`; Spark needs it",
            )


def daemon_environ(
    home: SparkHome, java: Java, tools: Path, temporary: Path, options: Sequence[str]
) -> dict[str, str]:
    """Return the whole environment of a master or worker, which its executors inherit.

    No home of a person, no PATH to any Python, no user packages; ``options`` are for the virtual machine.
    """
    return {
        **spark_environ(home, java),
        **python_environ(),
        **temporary_files(temporary),
        **private_home(temporary, temporary),
        "PATH": str(tools),
        "SPARK_DAEMON_MEMORY": _DAEMON_MEMORY,
        "SPARK_DAEMON_JAVA_OPTS": joined(tuple(options)),
    }
