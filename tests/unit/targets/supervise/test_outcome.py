"""States from the files of a run, with and without a living supervisor."""

import fcntl
import json
from pathlib import Path

import pytest

from sparkferry.spark.distribution import SparkHome
from sparkferry.spark.java import Java
from sparkferry.targets.supervise.directory import RunDirectory, Submission
from sparkferry.targets.supervise.outcome import status_of
from sparkferry.targets.supervise.records import write_record

STARTED = {"application_id": "app-1", "ui": "http://127.0.0.1:4040", "python": "3.12"}


@pytest.fixture
def run(tmp_path) -> RunDirectory:
    run = RunDirectory(tmp_path / "run")
    run.report.mkdir(parents=True)
    return run


@pytest.fixture
def alive(run):
    with (run.path / "supervisor.lock").open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def tell(path: Path, value: object) -> None:
    path.write_text(json.dumps(value))


def test_nothing_is_known_of_a_run_without_directory(tmp_path):
    status = status_of(RunDirectory(tmp_path / "none"))
    assert (status.state, status.reason) == ("lost", "nothing is known of it on this machine")


def test_it_starts_and_runs(run, alive):
    assert status_of(run).state == "starting"
    tell(run.report / "started.json", STARTED)
    status = status_of(run)
    assert status.state == "running"
    assert status.ids == {"application": "app-1", "ui": "http://127.0.0.1:4040"}


def test_a_session_without_ui_has_no_address(run, alive):
    tell(run.report / "started.json", {"application_id": "app-1", "ui": None})
    assert status_of(run).ids == {"application": "app-1"}


def test_a_killed_supervisor_loses_the_run(run):
    status = status_of(run)
    assert (status.state, status.reason) == ("lost", "its supervisor was killed")


ERROR = {"type": "ValueError", "message": "no such month", "traceback": "…"}


@pytest.mark.parametrize(
    ("exited", "result", "state", "reason"),
    [
        (("ended", 0), {"state": "succeeded"}, "succeeded", None),
        (("cancelled", 0), {"state": "succeeded"}, "succeeded", None),
        (("ended", 1), {"state": "failed", "error": ERROR}, "failed", "ValueError: no such month"),
        (("ended", 0), None, "failed", "ended with exit code 0, and without a result"),
        (("ended", -9), None, "failed", "the driver was killed by signal 9"),
        (("ended", 3), {"state": "succeeded"}, "failed", "ended with exit code 3"),
        (("ended", 143), {"state": "cancelled"}, "cancelled", None),
        (("cancelled", 143), {"state": "failed", "error": ERROR}, "cancelled", None),
        (("cancelled", -9), None, "cancelled", None),
        (("lost", 143), {"state": "cancelled"}, "lost", "the command that ran it was ended"),
    ],
)
def test_the_end(run, exited, result, state, reason):
    tell(run.path / "exit.json", dict(zip(("cause", "code"), exited, strict=True)))
    if result is not None:
        tell(run.report / "result.json", result)
    status = status_of(run)
    assert status.state == state
    assert (reason or "") in (status.reason or "")
    assert bool(reason) == bool(status.reason)


def submitted(run: RunDirectory, cluster: Path | None, *, warm: bool = False) -> None:
    submission = Submission(
        cluster=str(cluster) if cluster else None,
        warm=warm,
        slots=2,
        home=SparkHome(path=Path("/spark"), version="4.0.5"),
        java=Java(home=Path("/jdk"), build="17", feature=17),
        lacks_class_data=False,
    )
    write_record(run.path / "submission.json", submission)


def test_files_are_those_that_are_there(run):
    assert run.files() == {}
    submitted(run, None)
    run.log.write_text("log")
    tell(run.report / "result.json", {})
    assert run.files().keys() == {"logs/driver.log", "result.json"}


def test_logs_of_executors_are_found_with_every_worker(run, tmp_path):
    for worker, executor, application in ((0, 1, "app-1"), (1, 0, "app-1"), (1, 5, "app-2")):
        place = tmp_path / f"cluster/worker-{worker}/work/{application}/{executor}"
        place.mkdir(parents=True)
        (place / "stderr").write_text(f"{executor}")
    submitted(run, tmp_path / "cluster", warm=True)
    assert run.files() == {}
    tell(run.report / "started.json", STARTED)
    assert run.files().keys() == {"logs/executors/0/stderr", "logs/executors/1/stderr"}


def test_a_run_that_died_early_has_all_applications_of_its_own_cluster(run):
    place = run.cluster / "worker-0/work/app-1/0"
    place.mkdir(parents=True)
    (place / "stdout").touch()
    submitted(run, run.cluster)
    assert run.files() == {"logs/executors/0/stdout": place / "stdout"}
