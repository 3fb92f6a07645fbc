"""What of the cache living sessions use: `gc` keeps it, whatever its age."""

import shutil
from pathlib import Path

import pytest

from sparkferry.base.cache import Cache
from sparkferry.layers.cached import add_layer
from sparkferry.layers.model import Layer
from sparkferry.spark.class_data import ClassData
from sparkferry.spark.distribution import SparkHome
from sparkferry.spark.java import Java
from sparkferry.targets.supervise.directory import Submission
from sparkferry.targets.supervise.live import entries_in_use
from sparkferry.targets.supervise.records import write_record
from sparkferry.targets.supervise.session import Program, Session, is_alive
from sparkferry.targets.supervise.waiting import wait_for


@pytest.fixture
def cache(tmp_path, monkeypatch) -> Cache:
    monkeypatch.setenv("SPARKFERRY_STATE_DIR", str(tmp_path / "state"))
    return Cache(tmp_path / "my cache")


@pytest.fixture
def used(cache) -> Layer:
    """A layer that is in the cache, packed and unpacked."""
    layer = add_layer(cache, "code", lambda path: path.write_bytes(b"used") and None)
    cache.directory("unpacked", layer.digest, lambda path: (path / "a").touch())
    return layer


def fill(path: Path) -> None:
    (path / "home").mkdir()


@pytest.fixture
def run(cache, used, tmp_path):
    """A living run of that layer, on a Spark of the cache with a class-data archive."""
    directory = tmp_path / "state/runs/pi-1"
    directory.mkdir(parents=True)
    spark, archive = cache.directory("spark", "4.0.5", fill), cache.directory("spark", "jsa", fill)
    submission = Submission(
        cluster=None,
        warm=False,
        slots=0,
        home=SparkHome(path=spark / "home", version="4.0.5"),
        java=Java(home=Path("/jdk"), build="17", feature=17),
        lacks_class_data=False,
        layers=(used,),
        class_data=ClassData(spark=archive / "spark.jsa"),
    )
    session = Session(directory)
    write_record(directory / "submission.json", submission)
    sleep = Program(
        argv=(shutil.which("sleep"), "600"), env={}, cwd=directory, output=directory / "log"
    )
    session.start(sleep)
    yield directory, session
    session.close()
    assert wait_for(lambda: not is_alive(directory) or None, 20)


def test_what_a_living_run_uses_is_kept(cache, used, run):
    other = add_layer(cache, "code", lambda path: path.write_bytes(b"other") and None)
    cache.directory("spark", "4.0", fill)
    kept = entries_in_use(cache.entries())
    assert kept == {used.digest, "4.0.5", "jsa"}
    assert {entry.key for entry in cache.unused(kept, 0)} == {other.digest, "4.0"}


def test_what_an_ended_run_used_goes(cache, run):
    directory, session = run
    session.close()
    assert wait_for(lambda: not is_alive(directory) or None, 20)
    assert entries_in_use(cache.entries()) == frozenset()
