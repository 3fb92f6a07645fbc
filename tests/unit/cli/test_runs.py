"""The commands about runs, on a real project with a real store; the runs were made by the fake client."""

import json
from pathlib import Path

import msgspec
import pytest

from sparkferry.cli.main import invoke
from sparkferry.runs.follow import follow
from sparkferry.runs.ledger import Ledger
from sparkferry.runs.patience import Patience
from sparkferry.runs.submit import submit
from sparkferry.store.directory.store import DirectoryStore
from support.clocks import FakeClock
from support.fake_client import FakeClient, submission
from support.plans import make_plan

GOOD = "flights-20260101-120000-aaaa"
BAD = "flights-20260102-120000-bbbb"
PLANNED = "pi-20260103-120000-cccc"

MANIFEST = """
[project]
name = "flights"
version = "1"
requires-python = ">=3.11"
[tool.sparkferry]
spark = "4.0"
[tool.sparkferry.targets.local]
kind = "local"
store = "records"
"""


@pytest.fixture
def ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ledger:
    """The ledger of the project in the current directory: a success, a failure, a plan."""
    project = tmp_path / "project"
    project.mkdir()
    (project / "pyproject.toml").write_text(MANIFEST)
    monkeypatch.chdir(project)
    monkeypatch.setenv("SPARKFERRY_STATE_DIR", str(tmp_path / "state"))
    ledger = Ledger(DirectoryStore(project / "records"), FakeClock())
    client = FakeClient(tmp_path / "target", ("running", "succeeded"))
    live(ledger, client, GOOD)
    client.script = ("running", "failed")
    live(ledger, client, BAD, packages={"numpy": "2.2.0"}, argv=("\udcff", "ü"))
    ledger.create(make_plan(PLANNED, job_name="pi", branch="feat/x"))
    return ledger


def live(ledger: Ledger, client: FakeClient, run_id: str, **changes: object) -> None:
    plan = make_plan(run_id, **changes)
    ledger.create(plan)
    follow(client, ledger, submit(client, submission(plan), ledger), Patience(FakeClock()))


def lines(text: str) -> list[list[str]]:
    return [line.split() for line in text.splitlines()]


def test_runs_newest_first(ledger: Ledger, capfd: pytest.CaptureFixture[str]) -> None:
    assert invoke(["runs"]) == 0
    said = capfd.readouterr()
    assert [line[:4] for line in lines(said.out)] == [
        [PLANNED, "pi", "feat/x", "planned"],
        [BAD, "flights", "main", "failed"],
        [GOOD, "flights", "main", "succeeded"],
    ]
    assert said.err == ""


def test_runs_that_are_chosen(ledger: Ledger, capfd: pytest.CaptureFixture[str]) -> None:
    for options, chosen in [
        (["--job", "pi"], [PLANNED]),
        (["--branch", "main"], [BAD, GOOD]),
        (["--branch", "main", "--limit", "1"], [BAD]),
        (["--state", "succeeded"], [GOOD]),
        (["--state", "lost"], []),
    ]:
        assert invoke(["runs", *options, "--json"]) == 0
        assert [run["run"] for run in json.loads(capfd.readouterr().out)] == chosen


def test_an_id_without_plan_is_told(ledger: Ledger, capfd: pytest.CaptureFixture[str]) -> None:
    ledger.reserve(make_plan("early"))
    assert invoke(["runs"]) == 0
    said = capfd.readouterr()
    assert "early" not in said.out
    assert "`early` is reserved without a plan" in said.err


def test_the_status_of_a_success(ledger: Ledger, capfd: pytest.CaptureFixture[str]) -> None:
    assert invoke(["status", "flights-20260101"]) == 0
    said = capfd.readouterr()
    shown = dict(line.split(maxsplit=1) for line in said.out.splitlines())
    assert (shown["run"], shown["state"], shown["result"]) == (GOOD, "succeeded", '{"rows": 3}')
    assert "warning: `numpy` was imported from outside of the layers" in said.err


def test_the_status_of_a_failure(ledger: Ledger, capfd: pytest.CaptureFixture[str]) -> None:
    assert invoke(["status", BAD]) == 0
    assert "ValueError: no rows" in capfd.readouterr().out
    assert invoke(["status", BAD, "--json"]) == 0
    data = json.loads(capfd.readouterr().out)
    assert data["outcome"]["error"]["traceback"] == "Traceback …"
    assert data["plan"]["argv"] == ["\udcff", "ü"]
    assert data["events"][-1]["kind"] == "failed"


def test_a_run_that_is_not_there(ledger: Ledger, capfd: pytest.CaptureFixture[str]) -> None:
    assert invoke(["status", "flihgts-20260101-120000-aaaa"]) == 2
    said = capfd.readouterr()
    assert said.out == ""
    assert f"did you mean `{GOOD}`?" in said.err
    assert invoke(["logs", "flights"]) == 2
    assert "2 runs begin so" in capfd.readouterr().err


def test_logs(ledger: Ledger, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    for options in ([], ["-f"]):
        assert invoke(["logs", GOOD, *options]) == 0
        assert capfdbinary.readouterr().out == b"driver 1\ndriver 2\n"
    assert invoke(["logs", GOOD, "--executor", "0"]) == 0
    assert capfdbinary.readouterr().out == b"executor\n"
    assert invoke(["logs", GOOD, "--executor", "9"]) == 2


def test_what_differs(ledger: Ledger, capfd: pytest.CaptureFixture[str]) -> None:
    assert invoke(["diff", GOOD, BAD]) == 0
    shown = lines(capfd.readouterr().out)
    assert ["packages", "numpy", "2.1.0", "2.2.0"] in shown
    assert ["packages", "pandas", "2.2.3", "-"] in shown
    assert ["run", "state", "succeeded", "failed"] in shown
    assert invoke(["diff", GOOD, BAD, "--json"]) == 0
    data = json.loads(capfd.readouterr().out)
    assert data["runs"] == [GOOD, BAD]
    assert {"section": "result", "name": "rows", "left": 3} in data["changes"]


def test_runs_that_are_alike(ledger: Ledger, capfd: pytest.CaptureFixture[str]) -> None:
    assert invoke(["diff", GOOD, GOOD]) == 0
    said = capfd.readouterr()
    assert said.out == ""
    assert "alike" in said.err


def test_a_plan_is_cancelled(ledger: Ledger, capfd: pytest.CaptureFixture[str]) -> None:
    for how in ("is now", "had ended before"):
        assert invoke(["cancel", "pi"]) == 0
        said = capfd.readouterr()
        assert said.out == f"{PLANNED}\n"
        assert said.err == f"the run {how}: cancelled\n"
    assert ledger.get(PLANNED).state == "cancelled"
    assert invoke(["status", PLANNED]) == 0
    assert "cancelled before it was submitted" in capfd.readouterr().out
    assert invoke(["cancel", GOOD, "--json"]) == 0
    assert msgspec.json.decode(capfd.readouterr().out)["state"] == "succeeded"


def test_what_its_target_does_not_know_is_lost(
    ledger: Ledger, capfd: pytest.CaptureFixture[str]
) -> None:
    """The embedded target never heard of this submission."""
    ledger.append(PLANNED, "submitting")
    ledger.append(PLANNED, "identified", {"name": "handle", "id": "0" * 12})
    assert invoke(["runs", "--state", "lost"]) == 0
    assert capfd.readouterr().out.startswith(PLANNED)


def test_looking_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "pyproject.toml").write_text(MANIFEST)
    monkeypatch.chdir(tmp_path)
    assert invoke(["runs"]) == 0
    assert capfd.readouterr().out == ""
    assert [path.name for path in tmp_path.iterdir()] == ["pyproject.toml"]


def test_a_record_of_a_newer_version_is_listed(ledger: Ledger, capfd) -> None:
    ledger.store.put("ids/new-1", b"runs/main/new-1")
    ledger.store.put("runs/main/new-1/plan.json", b'{"version": 99}')
    assert invoke(["runs"]) == 0
    said = capfd.readouterr()
    assert ["new-1", "unknown", "main", "unreadable", "-", "-"] in lines(said.out)
    assert "`new-1` is unreadable: " in said.err
    assert invoke(["runs", "--json"]) == 0
    listed = json.loads(capfd.readouterr().out)
    assert {run["run"]: run["state"] for run in listed}["new-1"] == "unreadable"
    assert invoke(["status", "new-1"]) == 3


def test_a_rerun_that_cannot_be_started_is_told_before_it_is_recorded(
    ledger: Ledger, capfd, monkeypatch
) -> None:
    monkeypatch.setenv("JAVA_HOME", "/nowhere")
    assert invoke(["rerun", GOOD]) == 2
    assert "JAVA_HOME" in capfd.readouterr().err
    assert len(list(ledger.store.list("ids/"))) == 3
