"""One cache with Spark for all tests, kept from session to session."""

import getpass
import os
import tempfile
from pathlib import Path

import pytest

from sparkferry.layers.cache import Cache
from sparkferry.spark.distribution import spark_home as install
from sparkferry.spark.versions import full_version


@pytest.fixture(scope="session")
def spark_cache() -> Path:
    """The root of a cache that outlives the session: each Spark is downloaded once."""
    name = f"sparkferry-tests-{getpass.getuser()}"
    root = Path(os.environ.get("SPARKFERRY_TEST_CACHE") or Path(tempfile.gettempdir(), name))
    root.mkdir(parents=True, exist_ok=True)
    return root.absolute()


@pytest.fixture(scope="session")
def spark_home(spark_cache: Path) -> Path:
    """The SPARK_HOME of the line that projects are scaffolded for."""
    return install(full_version("4.0", None), Cache(spark_cache)).path
