"""Jobs, carried through the real program to a real Spark and back."""

import json
from pathlib import Path

import pytest

pytestmark = pytest.mark.spark

ARGS = (
    "a b",
    '"q"',
    "it's",
    "new\nline",
    "k=v=",
    "",
    "--set",
    "$HOME `x`",
    "\udcff\udcfe",
    "é",
    "*",
)


def test_a_job_gets_typed_arguments_and_leaves_a_table(warm_cli):
    sets = ("--set", "rows=1_0", "--set", "day=2013-02-03", "--set", "names=a, b")
    told = warm_cli.outcome("table", *sets)

    assert told["state"] == "succeeded"
    assert told["result"] == {"total": 90, "day": "2013-02-03", "names": ["a", "b"], "unit": "nm"}
    assert told["counters"] == {"seen": 10}
    assert told["warnings"] == []
    status = warm_cli("status", "--json", told["run_id"]).json
    assert (status["state"], status["events"][-1]["kind"]) == ("succeeded", "succeeded")
    output = Path(status["plan"]["output"].removeprefix("file://"))
    assert list(output.glob("table/*.parquet"))


def test_a_pandas_udf_uses_numpy_from_the_layers(warm_cli):
    told = warm_cli.outcome("scaled")

    packages = warm_cli("status", "--json", told["run_id"]).json["plan"]["packages"]
    assert told["result"]["sum"] == pytest.approx(661.46, abs=0.01)
    assert told["result"]["versions"] == [packages["numpy"]]
    assert all("/packages/numpy/" in file for file in told["result"]["files"])
    executors = told["audit"]["executors"]
    assert executors
    for imports in executors.values():
        found = {entry["name"]: entry["origin"] for entry in imports}
        assert (found["numpy"], found["pandas"], found["python"]) == (
            "packages", "packages", "interpreter",
        )  # fmt: skip


def test_a_failed_job_shows_its_own_traceback_whole(local):
    done = local("run", "fails", code=1)

    assert "in inner\n    raise ValueError" in done.stderr
    assert "failed: ValueError: no such flight" in done.stderr
    assert done.stdout == f"{done.run}\n"
    assert local("status", "--json", done.run).json["outcome"]["error"]["type"] == "ValueError"


def test_a_known_failure_is_told_as_cause_and_fix(warm_cli):
    done = warm_cli("run", "missing", code=1)

    assert "ModuleNotFoundError: No module named 'certainly_not_packed'" in done.stderr
    assert "did not find the module `certainly_not_packed`; add its package" in done.stderr


def test_a_script_gets_its_arguments_byte_for_byte(local):
    run = local("run", "tool", "--", *ARGS).run

    assert f"ARGV {list(ARGS)!a}\n" in local("logs", run).stdout


def test_an_import_from_outside_is_a_warning_and_with_strict_a_failure(local, tmp_path):
    (tmp_path / "outsider.py").write_text("NAME = 'outsider'\n")
    given = ("stranger", "--set", f"place={tmp_path}")
    warning = f"`outsider` was imported from outside of the layers, from {tmp_path}"

    done = local("run", *given)
    assert json.loads(done.stdout.split("\n", 1)[1]) == "outsider"
    assert f"warning: {warning}" in done.stderr

    done = local("run", "--strict", *given, code=1)
    assert "StrictAuditError" in done.stderr
    assert warning in done.stderr


def test_what_is_wrong_with_a_job_is_told_before_anything_is_packed(local, tmp_path):
    done = local.with_(cache=tmp_path / "cache")("run", "table", "--set", "rows=many", code=2)

    assert "expected an integer, got `many`" in done.stderr
    assert not (tmp_path / "cache").exists()
