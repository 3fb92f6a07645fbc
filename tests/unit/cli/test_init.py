"""`sparkferry init`: a project that runs as it is, or nothing at all."""

import json
import subprocess
import tomllib
from pathlib import Path

import pytest

from sparkferry.cli.main import invoke
from sparkferry.errors import UserError
from sparkferry.project.scaffold import project_name, scaffold


def files(directory: Path) -> set[str]:
    return {str(path.relative_to(directory)) for path in directory.rglob("*") if path.is_file()}


def test_it_prints_the_directory_and_what_comes_next(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert invoke(["init", "My Flights"]) == 0
    said = capsys.readouterr()
    assert said.out == "My Flights\n"
    assert "next: `uv lock`, then `sparkferry run flights`" in said.err
    assert {
        "pyproject.toml", ".gitignore", "README.md", "src/my_flights/__init__.py",
        "src/my_flights/jobs/flights.py", "src/my_flights/jobs/pi.py", "tests/conftest.py",
    } <= files(tmp_path / "My Flights")  # fmt: skip
    written = tomllib.loads((tmp_path / "My Flights/pyproject.toml").read_text())
    assert written["project"]["name"] == "my-flights"
    assert written["tool"]["sparkferry"]["jobs"]["pi"]["entry"] == "my_flights.jobs.pi:run"
    assert not any(
        "{{" in (tmp_path / "My Flights" / name).read_text()
        for name in files(tmp_path / "My Flights")
    )
    assert invoke(["config", "-C", "My Flights"]) == 0


def test_what_the_documented_commands_write_is_no_part_of_a_snapshot(tmp_path):
    assert invoke(["init", str(tmp_path / "flights")]) == 0
    subprocess.run(["git", "init", "-q", tmp_path / "flights"], check=True)
    written = ["dist/image/index.json", "dist/code.zip", ".sparkferry/store/runs"]
    told = subprocess.check_output(["git", "check-ignore", *written], cwd=tmp_path / "flights")
    assert told.decode().split() == written


def test_as_json_it_names_what_it_wrote(tmp_path, capsys):
    assert invoke(["init", str(tmp_path / "flights"), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["directory"] == str(tmp_path / "flights")
    assert set(said["files"]) == files(tmp_path / "flights")


def test_the_current_directory_is_the_default(tmp_path, monkeypatch, capsys):
    here = tmp_path / "flights"
    here.mkdir()
    monkeypatch.chdir(here)
    assert invoke(["init"]) == 0
    assert capsys.readouterr().out == ".\n"
    assert (here / "src/flights/jobs/pi.py").is_file()


def test_nothing_is_overwritten(tmp_path, capsys):
    (tmp_path / "flights").mkdir()
    (tmp_path / "flights/README.md").write_text("mine")
    assert invoke(["init", str(tmp_path / "flights")]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "it has README.md already" in said.err
    assert files(tmp_path) == {"flights/README.md"}


@pytest.mark.parametrize("name", ["123", "---", "ñ", "json", "class", "pyspark", "numpy", "tests"])
def test_names_that_no_project_can_have(tmp_path, name):
    with pytest.raises(UserError, match="could not scaffold"):
        scaffold(tmp_path / name)
    assert files(tmp_path) == set()


def test_names_become_names_of_projects():
    assert project_name("Flights_2026 (new)") == "flights-2026-new"


def test_a_place_that_cannot_be_written(tmp_path, capsys):
    (tmp_path / "flights/src").mkdir(parents=True)
    (tmp_path / "flights/src/flights").write_text("a file")
    assert invoke(["init", str(tmp_path / "flights")]) == 3
    assert "hint: choose a directory that you may write to" in capsys.readouterr().err
    assert files(tmp_path) == {"flights/src/flights"}
