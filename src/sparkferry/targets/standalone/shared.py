"""A directory that all machines of a cluster have under the same path.

Executors fetch what has the scheme ``file`` from the driver (``SparkContext.addFile``). Hadoop's viewfs names
the same directory by another scheme, so that each executor reads it from its own disk: ``linkFallback`` is
of Hadoop 3.3 (run on 4.0.5).
"""

from urllib.parse import quote

_TABLE = "sparkferry"
"""Name of the mount table."""


def shared_address(directory: str) -> str:
    """Return the URL of an absolute directory that executors read from their own disks."""
    return f"viewfs://{_TABLE}{quote(directory)}"


def shared_conf() -> dict[str, str]:
    """Return the Hadoop properties that make such URLs mean the directories of the machine."""
    return {f"spark.hadoop.fs.viewfs.mounttable.{_TABLE}.linkFallback": "file:///"}
