"""Looking into a store without a project."""

import json
from pathlib import Path

import pytest
from tests.unit.releases.conftest import make_release, publish

from sparkferry.cli.main import invoke
from sparkferry.runs.ledger import Ledger
from sparkferry.store.directory.store import DirectoryStore
from support.clocks import FakeClock
from support.plans import make_layers, make_plan

RUN = "flights-20260101-120000-aaaa"


@pytest.fixture
def ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ledger:
    """A store of somebody else; the current directory has no project."""
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    monkeypatch.setenv("SPARKFERRY_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("SPARKFERRY_STORE", str(tmp_path / "store"))
    ledger = Ledger(DirectoryStore(tmp_path / "store"), FakeClock())
    ledger.create(make_plan(RUN, layers=make_layers(), user="ada"))
    for layer in make_layers():
        ledger.store.put(layer.key, b"layer")
    ledger.store.put(f"outputs/main/{RUN}/table/part-0", b"12345")
    for kind in ("submitting", "submitted", "succeeded"):
        ledger.append(RUN, kind)
    return ledger


def said(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> str:
    assert invoke(list(words)) == code
    found = capsys.readouterr()
    return found.out if code == 0 else found.err


def test_runs_without_a_project(ledger, capsys):
    assert said(capsys, "runs").split()[0] == RUN
    assert json.loads(said(capsys, "status", "--json", RUN))["state"] == "succeeded"


def test_the_store_may_stand_before_the_command(ledger, capsys, monkeypatch):
    monkeypatch.delenv("SPARKFERRY_STORE")
    assert said(capsys, "--store", ledger.store.url, "runs").split()[0] == RUN
    assert said(capsys, "runs", "--store", ledger.store.url).split()[0] == RUN
    assert "pyproject.toml" in said(capsys, "runs", code=2)


def test_runs_of_a_user_and_a_time(ledger, capsys, monkeypatch):
    monkeypatch.setenv("LOGNAME", "ada")
    assert said(capsys, "runs", "--mine").split()[0] == RUN
    monkeypatch.setenv("LOGNAME", "ben")
    assert said(capsys, "runs", "--mine") == ""
    assert said(capsys, "runs", "--since", "2026-01-01").split()[0] == RUN
    assert said(capsys, "runs", "--since", "2026-01-02") == ""
    assert "neither a date nor a time ago" in said(capsys, "runs", "--since", "soon", code=2)


def test_what_there_is(ledger, capsys):
    publish(ledger, make_release())
    rows = [line.split() for line in said(capsys, "store", "ls", "layers/").splitlines()]
    assert len(rows) == 6
    assert {row[3] for row in rows} == {RUN, "release"}
    assert said(capsys, "store", "ls", "outputs/").split()[3] == RUN
    sizes = {line.split()[2]: line.split()[:2] for line in said(capsys, "store", "du").splitlines()}
    assert sizes["outputs/"] == ["5", "1"]
    assert sizes["index/"][0] == "0"
    [area] = json.loads(said(capsys, "store", "du", "outputs/", "--json"))
    assert area == {"name": "main/", "objects": 1, "size": 5}


def test_an_object_is_copied(ledger, capsysbinary, tmp_path):
    key = f"outputs/main/{RUN}/table/part-0"
    assert invoke(["store", "cp", key, "-"]) == 0
    assert capsysbinary.readouterr().out == b"12345"
    assert invoke(["store", "cp", key, str(tmp_path / "part")]) == 0
    assert (tmp_path / "part").read_bytes() == b"12345"
    assert invoke(["store", "cp", "none", "-"]) == 3


def test_the_files_of_a_run(ledger, capsys, tmp_path):
    said(capsys, "fetch", RUN, "--to", "here", "--layers")
    place = Path("here")
    assert (place / "output/table/part-0").read_bytes() == b"12345"
    assert (place / "plan.json").is_file()
    assert len(list((place / "layers").rglob("*.*"))) == 3
    assert "something is there already" in said(capsys, "fetch", RUN, "--to", "here", code=2)


def test_releases_of_a_store(ledger, capsys, tmp_path):
    assert said(capsys, "release", "list") == ""
    publish(ledger, make_release())
    publish(ledger, make_release("1.1.0", notes="Faster."))
    assert said(capsys, "release", "default", "1.1.0") == "1.1.0\n"
    rows = {
        line.split()[0]: line.split()[-1] for line in said(capsys, "release", "list").splitlines()
    }
    assert rows == {"1.0.0": "-", "1.1.0": "True"}
    assert (
        json.loads(said(capsys, "release", "show", "latest", "--json"))["release"]["name"]
        == "1.1.0"
    )
    assert said(capsys, "release", "diff", "1.0.0", "1.1.0") == ""
    assert said(capsys, "release", "verify", "1.0.0").split() == ["1.0.0", "not", "signed"]
    production = str(tmp_path / "prod")
    said(capsys, "release", "promote", "1.0.0", "--to", production)
    shown = json.loads(said(capsys, "release", "show", "1.0.0", "--json", "--store", production))
    assert shown["promotions"][0]["origin"] == ledger.store.url
    assert "provenance" in said(capsys, "release", "show", "1.0.0", "--provenance")
    assert "did you mean" in said(capsys, "release", "show", "1.0.1", code=2)


def test_a_run_of_a_release_needs_a_job_that_it_has(ledger, capsys):
    publish(ledger, make_release())
    told = said(capsys, "run", "pie", "--release", "1.0.0", code=2)
    assert "has no such job" in told
    assert "did you mean `pi`?" in told
    assert "are different runs" in said(
        capsys, "run", "pi", "--release", "1.0.0", "--from", RUN, code=2
    )
    assert "Missing argument" in said(capsys, "run", code=2)
    assert "could not read the plan" in said(capsys, "run", "--plan", "none.json", code=2)
