"""A standalone cluster that is not sparkferry's, on a network of its own."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.cli import Cli, wait
from support.standalone import SECRET, Standalone, cluster

pytestmark = pytest.mark.spark

WORD = "a-secret-of-tests"


@pytest.fixture(scope="module")
def lake(spark_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standalone]:
    """A cluster with a secret."""
    with cluster(spark_home, tmp_path_factory.mktemp("lake"), WORD) as found:
        yield found


@pytest.fixture(scope="module")
def user(lake: Standalone, cold_cli: Cli, tmp_path_factory) -> Iterator[Cli]:
    """A user of the cluster."""
    state = tmp_path_factory.mktemp("state")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(SECRET, WORD)
        user = cold_cli.with_(*lake.settings, f"targets.lake.secret={SECRET}", state=state)
        yield user
        user.no_process_left()


def test_a_run_has_the_packed_packages_on_the_clusters_executors(user: Cli, lake: Standalone):
    done = user.outcome("scaled", "--run-id", "lake-1")
    assert done["state"] == "succeeded"
    result = done["result"]
    assert result["sum"] == pytest.approx(661.46, abs=0.1)
    assert all(str(lake.work) in file for file in result["files"])
    status = user("status", "lake-1", "--json").json
    assert status["ids"]["master"] == lake.master
    assert status["plan"]["facts"]["executors"] == 2
    log = user("logs", "lake-1", "--executor", "0").stdout
    assert f"CoarseGrainedScheduler@{lake.network.here}:" in log
    said = json.dumps(status) + log + user("logs", "lake-1").stdout
    assert WORD not in said


def test_the_probe_compares_every_executor(user: Cli):
    rows = [line.split() for line in user("probe").stdout.splitlines()]
    assert sorted(row[0] for row in rows) == ["driver", "executor", "executor"]
    assert len({tuple(row[-3:]) for row in rows}) == 1


def test_a_detached_run_is_watched_and_cancelled_by_others(user: Cli):
    run = user("run", "waits", "--detach").run
    assert wait(lambda: running(user, run), 120)
    stages = wait(lambda: user("logs", run, "--executor", "0").stdout or None, 60)
    assert "Spark Executor Command" in stages
    user("cancel", run)
    assert user("status", run, "--json").json["state"] == "cancelled"
    assert "Spark Executor Command" in user("logs", run, "--executor", "0").stdout


def running(user: Cli, run: str) -> bool | None:
    found = user("status", run, "--json").json
    assert found["state"] in {"submitted", "running"}, found
    return "application" in found["ids"] or None


def test_a_directory_that_all_machines_share_is_read_by_them(user: Cli):
    shared = user.with_("targets.lake.shared-store=true")
    run = shared.outcome("table", "--run-id", "lake-2")
    assert run["result"]["total"] == 12
    assert "Fetching viewfs://" in shared("logs", "lake-2", "--executor", "0").stdout


def test_what_does_not_fit_is_told_before_anything_is_packed(user: Cli):
    for setting, said in {
        "targets.lake.cores=3": "no worker holds an executor of 3 cores and 512m: they have 2 cores",
        "targets.lake.memory=4g": "no worker holds an executor of 1 cores and 4g",
        "spark=3.5": "the cluster runs Spark 4.0.5, and the project is written for Spark 3.5",
        "targets.lake.secret=NOT_SET": "the variable `NOT_SET` with the cluster's secret is not set",
    }.items():
        wrong = user.with_(setting)
        assert said in wrong("check", code=2).stdout
        assert said in wrong("run", "table", code=2).stderr


def test_a_master_that_does_not_answer_is_told(user: Cli, lake: Standalone):
    away = user.with_(f"targets.lake.master-ui=['http://{lake.network.here}:9']")
    assert "could not reach a master" in away("check", code=3).stdout
    assert "could not reach a master" in away("run", "table", code=3).stderr


def test_a_wrong_secret_does_not_hang(user: Cli, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(SECRET, "another")
    done = user.start("run", "table")
    assert user.end(done).code == 1


def test_the_output_is_told_to_be_elsewhere(user: Cli):
    assert "stays on theirs" in user("check").stdout
    assert "stays on theirs" not in user.with_("targets.lake.shared-store=true")("check").stdout
