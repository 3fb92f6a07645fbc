"""What tests all over share: real Sparks, installed once for all test sessions of this machine."""

import tempfile
from pathlib import Path

import pytest

pytest_plugins = ["support.fleet", "support.shop"]

SPARK = "4.0.5"
"""The Spark that most tests of a real one use."""


@pytest.fixture(scope="session")
def spark_cache():
    """A cache that outlives the session: a Spark is 450 MB."""
    from sparkferry.layers.cache import Cache

    return Cache(Path(tempfile.gettempdir()) / "sparkferry-test-cache")


@pytest.fixture(scope="session")
def spark_home(spark_cache) -> Path:
    """SPARK_HOME of :data:`SPARK`."""
    from sparkferry.spark.distribution import spark_home

    return spark_home(SPARK, spark_cache).path


SPARKS = ("integration", "faults", "contract/test_embedded_target.py")
"""Where tests start a Spark, or measure what one leaves behind."""


def pytest_itemcollected(item: pytest.Item) -> None:
    """Run the tests that start a Spark one after the other, in one process."""
    here = Path(__file__).parent
    if any(item.path.is_relative_to(here / place) for place in SPARKS):
        item.add_marker(pytest.mark.xdist_group("spark"))
