"""What is kept of a run's directories; that jobs fill them is `integration/test_private_runs.py`."""

import os
import zipfile
from pathlib import Path

import pytest

from sparkferry.base.cache import Cache
from sparkferry.files import sha256_file
from sparkferry.layers.driver import driver_environment
from sparkferry.layers.model import Layer
from sparkferry.spark.distribution import SparkHome
from sparkferry.spark.java import Java
from sparkferry.store.keys import key_problem
from sparkferry.targets.supervise.directory import RunDirectory, Submission
from sparkferry.targets.supervise.leftovers import fit, leftovers, shipped_names
from sparkferry.targets.supervise.records import write_record


@pytest.fixture
def cache(tmp_path):
    return Cache(tmp_path / "cache")


@pytest.fixture
def run(tmp_path, cache) -> RunDirectory:
    """A run on a cluster, with an executor, that has written nothing yet."""
    run = RunDirectory(tmp_path / "runs/flights-1")
    layers = (make_layer(tmp_path, "packages"), make_layer(tmp_path, "code"))
    for path in (run.report, run.work, run.home, run.executors.home, executor(run)):
        path.mkdir(parents=True)
    driver_environment(layers, run.environment, cache)
    with zipfile.ZipFile(layers[1].path) as archive:
        archive.extractall(executor(run) / "code")
    submission = Submission(
        cluster=str(run.cluster),
        warm=False,
        slots=1,
        home=SparkHome(path=Path("/spark"), version="4.0.5"),
        java=Java(home=Path("/jdk"), build="17", feature=17),
        lacks_class_data=False,
        layers=layers,
        shipped=("lookup.csv",),
    )
    write_record(run.path / "submission.json", submission)
    return run


def make_layer(directory: Path, kind: str) -> Layer:
    path = directory / f"{kind}.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("flights/jobs.py", "NAME = 'flights'\n")
        archive.writestr("conf/base/catalog.yml", "a: 1\n")
    return Layer(kind=kind, digest=sha256_file(path), size=1, path=path)  # type: ignore[arg-type]


def executor(run: RunDirectory) -> Path:
    return run.cluster / "worker-0/work/app-1/0"


def write(path: Path, text: str = "x") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_a_run_that_wrote_nothing_leaves_nothing(run, cache):
    write(run.work / "derby.log")
    write(run.home / ".cache/tool/big")
    write(run.environment / "code/flights/__pycache__/jobs.cpython-312.pyc")
    for name in ("stdout", "stderr", "lookup.csv", "packages/numpy/x.py", "python/bin/python3"):
        write(executor(run) / name)
    write(executor(run) / "3f2b9c10-8f0f-4b6e-9d57-0a1b2c3d4e5f/artifact.py")
    assert leftovers(run, cache) == {}


def test_every_directory_that_ends_with_the_run_is_looked_through(run, cache):
    written = {
        "files/work/spark-warehouse/t/part-0": run.work / "spark-warehouse/t/part-0",
        "files/work/.hidden": run.work / ".hidden",
        "files/home/model.pkl": run.home / "model.pkl",
        "files/code/data/08_reporting/plot.png": run.environment
        / "code/data/08_reporting/plot.png",
        "files/executors/home/x": run.executors.home / "x",
        "files/executors/0/work/sub/y": executor(run) / "sub/y",
        "files/executors/0/code/flights/z": executor(run) / "code/flights/z",
        "files/packages/flights/mark": run.environment / "packages/flights/mark",
    }
    for path in written.values():
        write(path)
    write(run.environment / "code/conf/base/catalog.yml", "a: 2\n")  # as long as it was
    found = leftovers(run, cache)
    assert found.keys() == {*written, "files/code/conf/base/catalog.yml"}
    assert {path.stat().st_mode & 0o222 for path in found.values()} == {0}


def test_what_the_driver_has_shipped_to_executors_was_not_left_by_them(run, cache):
    write(executor(run) / "added-by-the-job.jar")
    write(run.report / "result.json", '{"shipped": ["added-by-the-job.jar"]}')
    assert leftovers(run, cache) == {}


def test_a_link_counts_only_where_it_stays_inside(run, cache, tmp_path):
    write(tmp_path / "elsewhere/huge")
    write(run.work / "a.csv")
    (run.work / "latest.csv").symlink_to("a.csv")
    (run.work / "huge").symlink_to(tmp_path / "elsewhere/huge")
    (run.work / "all").symlink_to(tmp_path / "elsewhere")
    (run.work / "broken").symlink_to("nothing")
    os.mkfifo(run.work / "pipe")
    assert leftovers(run, cache).keys() == {"files/work/a.csv", "files/work/latest.csv"}


def test_a_layer_that_is_gone_does_not_cost_what_was_written(run, cache):
    write(run.environment / "code/mark")
    write(run.environment / "packages/flights/mark")
    submission = run.submission
    assert submission is not None
    for layer in submission.layers:
        layer.path.unlink()
    kept = leftovers(run, cache).keys()
    assert {"files/code/mark", "files/code/flights/jobs.py", "files/packages/flights/mark"} <= kept
    assert "files/packages/flights/jobs.py" not in kept


def test_a_run_that_was_never_submitted_left_nothing(tmp_path, cache):
    run = RunDirectory(tmp_path / "run")
    write(run.work / "x")
    assert leftovers(run, cache) == {}


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("made here/é.csv", "made here/é.csv"),
        ("a\nb", "a%0Ab"),
        ("caf\udce9", "caf%E9"),
        ("\x85", "%C2%85"),
    ],
)
def test_any_name_fits_into_a_store(name, key):
    assert fit(name) == key
    assert key_problem(f"files/work/{fit(name)}") is None


def test_names_of_shipped_files_are_those_after_the_hash():
    conf = {
        "spark.files": "/a/x.csv,file:///b/y%20z.csv",
        "spark.archives": "gs://b/model.tar.gz#model",
        "spark.jars": "",
    }
    assert shipped_names(conf) == ("model", "x.csv", "y%20z.csv")
