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
)
"""Variables that would change which Spark, Python or configuration is used."""


def spark_environ(home: SparkHome, java: Java) -> dict[str, str]:
    """Return the variables that every program of Spark needs.

    SPARK_CONF_DIR names a directory that does not exist, so that the plan alone configures Spark.
    """
    return {
        "JAVA_HOME": str(java.home),
        "SPARK_HOME": str(home.path),
        "SPARK_CONF_DIR": str(home.path / ".no-conf"),
        "SPARK_LOCAL_IP": LOOPBACK,
    }


def python_environ() -> dict[str, str]:
    """Return the variables that every Python needs: same hashes everywhere, no user packages."""
    return {"PYTHONHASHSEED": "0", "PYTHONNOUSERSITE": "1", "PYTHONUNBUFFERED": "1"}


def driver_environ(home: SparkHome, java: Java, base: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a driver on this machine: ``base`` without what is foreign to it.

    Credentials, proxies and PATH of the user stay. Text is UTF-8, so that properties pass unchanged.
    """
    kept = {key: value for key, value in base.items() if not _FOREIGN.match(key)}
    return {**kept, **_utf8(base), **spark_environ(home, java), **python_environ()}


def _utf8(base: Mapping[str, str]) -> dict[str, str]:
    locale = base.get("LC_ALL") or base.get("LC_CTYPE") or base.get("LANG") or ""
    if "utf" in locale.lower():
        return {}
    return {"LC_ALL": "en_US.UTF-8" if sys.platform == "darwin" else "C.UTF-8"}


def temporary_files(directory: Path) -> dict[str, str]:
    """Return the variables that keep Spark's and Python's temporary files below ``directory``."""
    return {"SPARK_LOCAL_DIRS": str(directory), "TMPDIR": str(directory)}
