"""The environment variables of Spark's programs: nothing of the caller's configures Spark or Python."""

import re
import sys
from collections.abc import Mapping
from pathlib import Path

from sparkferry.spark.distribution import SparkHome
from sparkferry.spark.java import Java

LOOPBACK = "127.0.0.1"
"""Where everything that we start listens, and nowhere else."""

_FOREIGN = re.compile(
    r"_?(PY)?SPARK_|PYTHON|VIRTUAL_ENV|CONDA_|(HADOOP|YARN)_CONF_DIR$|CLASSPATH$|__PYVENV_LAUNCHER__"
    r"|JAVA_TOOL_OPTIONS$|_JAVA_OPTIONS$|JDK_JAVA_OPTIONS$|LC_|LANG$|LANGUAGE$|OLDPWD$"
)
"""Variables that would change which Spark, Python, configuration or text encoding is used."""

LOCALE = "en_US.UTF-8" if sys.platform == "darwin" else "C.UTF-8"
"""Java reads the encoding of file names from the locale when it starts, and from nowhere else (JEP 400).
A locale of the user that is not installed would make it ASCII, in which an accent has no form."""


def spark_environ(home: SparkHome, java: Java) -> dict[str, str]:
    """Return the variables that every program of Spark needs.

    SPARK_CONF_DIR names a directory that does not exist, so that the plan alone configures Spark.
    """
    return {
        "LC_ALL": LOCALE,
        "JAVA_HOME": str(java.home),
        "SPARK_HOME": str(home.path),
        "SPARK_CONF_DIR": str(home.path / ".no-conf"),
        "SPARK_LOCAL_IP": LOOPBACK,
    }


def private_home(home: Path, temporary: Path) -> dict[str, str]:
    """Return the variables that make ``home`` the home directory, after the XDG Base Directory Specification.

    ``~`` and the places of configuration, data and caches are below it; sockets go to ``temporary``.
    """
    return {
        "HOME": str(home),
        "XDG_CACHE_HOME": str(home / ".cache"),
        "XDG_CONFIG_HOME": str(home / ".config"),
        "XDG_DATA_HOME": str(home / ".local/share"),
        "XDG_STATE_HOME": str(home / ".local/state"),
        "XDG_RUNTIME_DIR": str(temporary),
    }


def python_environ() -> dict[str, str]:
    """Return the variables that every Python needs: same hashes everywhere, no user packages."""
    return {"PYTHONHASHSEED": "0", "PYTHONNOUSERSITE": "1", "PYTHONUNBUFFERED": "1"}


def driver_environ(home: SparkHome, java: Java, base: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a driver on this machine: ``base`` without what is foreign to it.

    Credentials, proxies and PATH of the user stay. Text is UTF-8, so that properties and paths pass
    unchanged.
    """
    kept = {key: value for key, value in base.items() if not _FOREIGN.match(key)}
    return {**kept, **spark_environ(home, java), **python_environ()}


def temporary_files(directory: Path) -> dict[str, str]:
    """Return the variables that keep Spark's and Python's temporary files below ``directory``."""
    return {"SPARK_LOCAL_DIRS": str(directory), "TMPDIR": str(directory)}
