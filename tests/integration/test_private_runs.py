"""What a job writes outside of its output location: kept with its run, and out of reach of any other."""

import re
import shutil
from pathlib import Path

import pytest

from support.cli import Cli

pytestmark = pytest.mark.spark

LAYERS = {"code", "packages", "python"}


def records(warm_cli: Cli, run: str) -> Path:
    [found] = warm_cli.root.glob(f".sparkferry/store/runs/*/{run}")
    return found


def test_no_run_sees_what_another_driver_wrote(local):
    first = local.outcome("marks", "--set", "where=driver")
    again = local("rerun", "--json", first["run_id"]).json
    second = local.outcome("marks", "--set", "where=driver")

    for told in (first, again, second):
        result = told["result"]
        assert not any(result["found"].values()), result
        assert result["home"] == result["java"]
        assert Path(result["home"]).is_relative_to(local.state)
        kept = {Path(name).parts[0] for name in told["left"]}
        assert kept == {"work", "home", *LAYERS}
        assert len(told["warnings"]) == len(kept)
        for name in told["left"]:
            assert (records(local, told["run_id"]) / "files" / name).read_text() == "x"
    assert "`mark.txt`" in first["warnings"][0]


def test_no_run_sees_what_another_left_on_a_warm_cluster(warm_cli):
    told = [warm_cli.outcome("marks", "--set", "where=executor") for _ in range(2)]

    for one in told:
        assert not any(one["result"]["found"].values()), one["result"]
        home = one["result"]["home"]
        assert Path(home).is_relative_to(warm_cli.state)
        assert {re.sub(r"/\d+/", "/N/", name) for name in one["left"]} == {
            "executors/home/mark.txt",
            "executors/N/work/mark.txt",
            "executors/N/code/session_project/mark.txt",
        }


def test_a_driver_that_is_killed_leaves_what_it_had_written(local):
    told = local.outcome("crashes", code=1)
    assert told["state"] == "failed"
    assert any(name.startswith("work/partial/part-") for name in told["left"])
    shown = local("status", told["run_id"])
    assert "files/work`" in shown.stderr
    assert "bytes in " in shown.stdout


def test_a_path_of_the_laptop_is_explained(local):
    done = local("run", "reads", "--set", "path=scripts/tool.py", code=1)
    assert "`scripts/tool.py` is relative to the run's working directory" in done.stderr
    assert 'it is in the code layer: open it as `context.file("scripts/tool.py")`' in done.stderr
    missing = local("run", "reads", "--set", "path=uv.lock", code=1)
    assert "it is in the project but does not ship: add `uv.lock` to `include`" in missing.stderr


@pytest.mark.parametrize("workers", [0, 2])
def test_runs_work_in_directories_of_any_script_and_with_spaces(cold_cli, tmp_path, workers):
    place = tmp_path / "José Ægir 日本 100%2F 'n' $x"
    place.mkdir()
    (place / "cache").symlink_to(cold_cli.cache)
    shutil.copytree(cold_cli.root, place / "project", ignore=shutil.ignore_patterns(".sparkferry"))
    user = cold_cli.with_(
        "targets.local.class-data-archive=false",
        f"targets.local.workers={workers}",
        root=place / "project",
        cache=place / "cache",
        state=place / "state",
    )
    told = user.outcome("saves")
    assert told["result"] == [3, 4]
    parts = {tuple(Path(name).parts[:3]) for name in told["left"]}
    assert {("work", "spark-warehouse", "made"), ("work", "made here", "_SUCCESS")} < parts
    assert user.outcome("table")["result"]["total"] == 12
    assert [*user.root.glob(".sparkferry/store/outputs/*/*/table/*.parquet")]
    assert [path.name for path in tmp_path.iterdir()] == [place.name]
    user.no_process_left()


@pytest.mark.parametrize("workers", ["0", "2"])
def test_a_directory_that_spark_would_misread_is_refused_before_anything_starts(
    cold_cli, tmp_path, workers
):
    user = cold_cli.with_(f"targets.local.workers={workers}", state=tmp_path / "a#b/state")
    for command in (("run", "table"), ("check",)):
        done = user(*command, code=2)
        said = done.stdout + done.stderr
        assert "could not give the state directory" in said
        assert "rename `a#b`, or let SPARKFERRY_STATE_DIR name another directory" in said
    assert not user.state.exists()
