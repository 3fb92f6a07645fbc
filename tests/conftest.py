"""What tests all over share: real Sparks, installed once for all test sessions of this machine."""

import tempfile
from pathlib import Path

import pytest

pytest_plugins = [
    "support.engines",
    "support.cluster",
    "support.project_images",
    "support.registry_server",
    "support.debian_mirror",
    "support.laptop",
    "support.stores",
]

SPARK = "4.0.5"
"""The Spark that most tests of a real one use."""


@pytest.fixture(scope="session")
def spark_cache():
    """A cache that outlives the session: a Spark is 450 MB."""
    from sparkferry.base.cache import Cache

    return Cache(Path(tempfile.gettempdir()) / "sparkferry-test-cache")


@pytest.fixture(scope="session")
def spark_home(spark_cache) -> Path:
    """SPARK_HOME of :data:`SPARK`."""
    from sparkferry.spark.distribution import spark_home

    return spark_home(SPARK, spark_cache).path


SPARK_FIXTURES = frozenset({"spark_home", "cold_cli"})
"""What a test with a real Spark begins with."""


ENGINE_FIXTURES = frozenset({"engine_root"})
"""What a test with a container engine begins with."""


def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark the tests that start a Spark or a container engine: they run one by one."""
    fixtures = getattr(item, "fixturenames", ())
    if not SPARK_FIXTURES.isdisjoint(fixtures):
        item.add_marker(pytest.mark.spark)
    if not ENGINE_FIXTURES.isdisjoint(fixtures):
        item.add_marker(pytest.mark.engine)
