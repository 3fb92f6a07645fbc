"""The empty environment of masters, workers and executors: what is not packed is not there."""

import shutil
from collections.abc import Sequence
from pathlib import Path

from sparkferry.errors import WorldError
from sparkferry.spark.distribution import SparkHome
from sparkferry.spark.environ import python_environ, spark_environ, temporary_files
from sparkferry.spark.java import Java
from sparkferry.spark.jvm import joined

TOOLS = ("bash", "dirname")
"""All that ``spark-class`` calls."""

_DAEMON_MEMORY = "512m"
"""Heap of a master or worker; they hold no data."""


def make_tools(directory: Path) -> None:
    """Make ``directory`` with links to :data:`TOOLS`, to be the whole PATH.

    :raises WorldError: one of them is not on this machine.
    """
    directory.mkdir(parents=True, exist_ok=True)
    for name in TOOLS:
        found = shutil.which(name)
        if found is None:
            raise WorldError(
                f"could not find `{name}`: it is not on PATH",
                hint=f"install `{name}`; the scripts of Spark need it",
            )
        (directory / name).symlink_to(found)


def daemon_environ(
    home: SparkHome, java: Java, tools: Path, temporary: Path, options: Sequence[str]
) -> dict[str, str]:
    """Return the whole environment of a master or worker, which its executors inherit.

    No HOME, no PATH to any Python, no user packages; ``options`` are for the virtual machine.
    """
    return {
        **spark_environ(home, java),
        **python_environ(),
        **temporary_files(temporary),
        "PATH": str(tools),
        "SPARK_DAEMON_MEMORY": _DAEMON_MEMORY,
        "SPARK_DAEMON_JAVA_OPTS": joined(tuple(options)),
    }
