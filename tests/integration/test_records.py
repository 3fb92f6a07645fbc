"""What is recorded of runs, and what can be done with it later; every run is one process."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

import pytest

pytestmark = pytest.mark.spark


@pytest.fixture(scope="module")
def author(cold_cli, project, tmp_path_factory):
    """A user with a repository of their own, who has run a job, changed it, and run it again."""
    root = tmp_path_factory.mktemp("author") / "session_project"
    shutil.copytree(project, root, ignore=shutil.ignore_patterns(".sparkferry"))
    git = ["git", "-C", root, "-c", "user.name=A", "-c", "user.email=a@example.invalid"]
    for command in (["init", "-q", "-b", "main"], ["add", "."], ["commit", "-qm", "first"]):
        subprocess.run([*git, *command], check=True)
    return cold_cli.with_("targets.local.workers=0", root=root)


@pytest.fixture(scope="module")
def pair(author):
    """The outcomes of the two runs."""
    first = author.outcome("table")
    code = author.root / "src/session_project/jobs.py"
    code.write_text(code.read_text().replace("FACTOR = 2", "FACTOR = 3"))
    return first, author.outcome("table", "--set", "rows=5")


def plan_of(author, run):
    return author("status", "--json", run).json["plan"]


def test_a_rerun_is_the_run_again_whatever_the_code_is_now(author, pair):
    first, second = pair
    assert (first["result"]["total"], second["result"]["total"]) == (12, 30)

    again = author("rerun", "--json", first["run_id"]).json
    assert again["result"] == first["result"]
    plans = plan_of(author, again["run_id"]), plan_of(author, first["run_id"])
    assert plans[0]["layers"] == plans[1]["layers"]
    assert plans[0]["rerun_of"] == first["run_id"]
    alike = author("diff", "--json", first["run_id"], again["run_id"]).json
    assert alike["changes"] == []


def test_a_diff_names_code_argument_and_result(author, pair):
    first, second = (told["run_id"] for told in pair)

    told = author("diff", "--json", first, second).json
    changes = {(change["section"], change["name"]): change for change in told["changes"]}
    assert {section for section, _ in changes} == {"code", "arguments", "layers", "result"}
    assert (changes["arguments", "rows"]["left"], changes["arguments", "rows"]["right"]) == (4, "5")
    assert changes["result", "total"]["right"] == 30
    assert ("layers", "code") in changes
    assert "src/session_project/jobs.py" in told["stat"]


def test_runs_are_found_by_job_branch_and_state(author, pair):
    done = author("run", "fails", code=1)

    def found(*arguments):
        return [row["run"] for row in author("runs", "--json", *arguments).json]

    assert found("--job", "fails") == found("--state", "failed") == [done.run]
    assert {told["run_id"] for told in pair} <= set(found("--branch", "main", "--job", "table"))
    assert found("--branch", "other") == []
    assert found("--limit", "1") == [done.run]


def test_what_is_rendered_is_planned(author, pair):
    given = ("table", "--run-id", "as-rendered", "--set", "rows=3")
    rendered = author("render", "--json", *given).json["plan"]
    author("run", *given)

    ran = plan_of(author, "as-rendered")
    differs = {key for key in {*rendered, *ran} if rendered.get(key) != ran.get(key)}
    assert differs <= {"created", "source"}
    assert rendered["source"]["tree"] == ran["source"]["tree"]
    assert author("run", *given, code=2).stderr.count("as-rendered")


def test_gc_keeps_what_runs_refer_to(author, pair, tmp_path):
    first = plan_of(author, pair[0]["run_id"])
    store = Path(urlsplit(first["store"]).path)
    unused = store / "layers" / ("0" * 64) / "code.zip"
    unused.parent.mkdir()
    unused.write_bytes(b"x" * 1000)
    os.utime(unused, (0, 0))

    assert int(author.with_(cache=tmp_path / "cache")("gc", "--days", "0").stdout) == 1000
    assert not unused.exists()
    for layer in first["layers"]:
        assert Path(urlsplit(layer["uri"]).path).stat().st_size == layer["size"]
    assert json.loads(author("rerun", "--json", pair[1]["run_id"]).stdout)["result"]["total"] == 30
