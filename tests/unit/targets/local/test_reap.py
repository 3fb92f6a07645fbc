"""Reaping with small processes in place of Spark's."""

import os
import signal
import time
from pathlib import Path

import pytest

from sparkferry.targets.local.reap import reap
from sparkferry.targets.local.warm import cluster_down, warm_clusters
from sparkferry.targets.supervise import supervisor
from sparkferry.targets.supervise.directory import clusters_dir, runs_dir
from sparkferry.targets.supervise.session import Program, Session, is_alive
from sparkferry.targets.supervise.waiting import wait_for

DAYS = 24 * 3600


@pytest.fixture(autouse=True)
def state(tmp_path, monkeypatch):
    monkeypatch.setenv("SPARKFERRY_STATE_DIR", str(tmp_path / "state"))


def started(directory: Path) -> tuple[Session, int]:
    directory.mkdir(parents=True)
    session = Session(directory)
    argv = ("/bin/sleep", "600")
    return session, session.start(
        Program(argv=argv, env={}, cwd=directory, output=directory / "log")
    )


def killed(directory: Path) -> int:
    """Start a session and kill its supervisor; return the process that is left."""
    session, pid = started(directory)
    os.kill(session.pid(), signal.SIGKILL)
    assert wait_for(lambda: not is_alive(directory) or None, 20)
    session.close()
    return pid


def is_running(pid: int) -> bool:
    return pid in supervisor.processes() and not supervisor.is_zombie(pid)


def age(directory: Path, seconds: float) -> None:
    then = time.time() - seconds
    os.utime(directory, (then, then))


def test_nothing_to_do():
    reap()
    assert list(warm_clusters()) == []


def test_what_lives_is_left_alone():
    session, pid = started(clusters_dir() / "a")
    reap()
    assert is_running(pid)
    session.close()
    cluster_down(clusters_dir() / "a")
    assert not is_running(pid)
    assert not (clusters_dir() / "a").exists()


def test_a_cluster_without_supervisor_is_removed():
    pid = killed(clusters_dir() / "a")
    assert is_running(pid)
    reap()
    assert not is_running(pid)
    assert list(clusters_dir().iterdir()) == []


def test_a_run_without_supervisor_keeps_its_files_for_the_ledger():
    pid = killed(runs_dir() / "pi-1")
    reap()
    assert not is_running(pid)
    assert (runs_dir() / "pi-1/log").exists()


def test_files_of_runs_that_nobody_asks_for_go_in_the_end():
    for name, days in (("old", 8), ("young", 6)):
        (runs_dir() / name).mkdir(parents=True)
        age(runs_dir() / name, days * DAYS)
    reap()
    assert [path.name for path in runs_dir().iterdir()] == ["young"]


def test_what_a_job_left_stays_until_somebody_asks_for_its_run():
    left = runs_dir() / "old/work/spark-warehouse/t/part-0"
    left.parent.mkdir(parents=True)
    left.touch()
    age(runs_dir() / "old", 8 * DAYS)
    reap()
    assert left.exists()


def test_a_cluster_that_is_just_being_started_is_left_alone():
    for name, seconds in (("young", 0), ("old", 3600)):
        (clusters_dir() / name).mkdir(parents=True)
        age(clusters_dir() / name, seconds)
    reap()
    assert [path.name for path in clusters_dir().iterdir()] == ["young"]
