"""The lines of Spark, each on another Python, with one worker."""

import pytest

from sparkferry.base.cache import Cache
from sparkferry.layers.interpreter.prefix import find_prefixes

pytestmark = pytest.mark.spark


@pytest.fixture(
    scope="module",
    params=[("3.5", 11), ("4.0", 12), ("4.3", 13)],
    ids=lambda item: f"{item[0]}-on-3.{item[1]}",
)
def line(request):
    return request.param


@pytest.fixture
def sailor(alone, line):
    """A user of that line and Python, whose clusters have one worker."""
    spark, minor = line
    if not find_prefixes(Cache(alone.cache), range(minor, minor + 1)):
        pytest.skip(f"no Python 3.{minor} on this machine")
    settings = ("workers=1", f"python=3.{minor}", "class-data-archive=false")
    return alone.with_(f"spark={spark}", *(f"targets.local.{item}" for item in settings))


def test_jobs_run_on_every_line(sailor, line):
    spark, minor = line
    told = sailor.outcome("both")

    result, audit = told["result"], told["audit"]
    assert (result["total"], told["counters"]) == (12, {"seen": 4})
    assert result["sum"] == pytest.approx(661.46, abs=0.01)
    assert result["spark"].startswith(f"{spark}.")
    assert result["python"].startswith(f"3.{minor}.")
    assert (audit["outside"], audit["problem"]) == ([], None)
