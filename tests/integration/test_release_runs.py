"""A release: made in a clean clone, promoted into another kind of store, run from nowhere."""

import shutil
import subprocess
from pathlib import Path

import pytest

from support.cli import Cli
from support.stores import fresh

pytestmark = pytest.mark.spark

USER = ("-c", "user.name=ci", "-c", "user.email=ci@example.invalid")


def git(root: Path, *words: str) -> None:
    subprocess.run(["git", *USER, *words], cwd=root, check=True, capture_output=True)


@pytest.fixture
def origin(local: Cli, tmp_path: Path, s3_environ, azure_environ, monkeypatch) -> tuple[Path, str]:
    """The team's repository with a tag, and the URL of its store."""
    for name, value in {**s3_environ, **azure_environ}.items():
        monkeypatch.setenv(name, value)
    url, root = fresh("s3").replace("a store", "team"), tmp_path / "origin"
    ignored = shutil.ignore_patterns(".sparkferry", ".venv")
    shutil.copytree(local.root, root, ignore=ignored)
    manifest = root / "pyproject.toml"
    table = "[tool.sparkferry.targets.local]\n"
    text = manifest.read_text().replace(table, f'{table}store = "{url}"\n')
    manifest.write_text(text.replace("workers = 2", "workers = 0"))
    (root / "CHANGELOG.md").write_text("# Changes\n\n## 1.0.0\n\nThe first one.\n")
    git(root, "init", "-q", "-b", "main")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "one")
    git(root, "tag", "v1.0.0")
    return root, url


def test_from_a_clean_clone_to_production(origin, tmp_path, spark_cache, monkeypatch):
    root, team = origin
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", "--branch", "v1.0.0", root.as_posix(), "clone")
    ci = Cli(clone, spark_cache.root, tmp_path / "ci")
    refused = ci("release create", "2.0.0", "--tier", "dev", code=2).stderr
    assert "there is no tag `v2.0.0`" in refused
    assert "there are no notes of `2.0.0`" in refused
    assert ci("release create", "1.0.0", "--tier", "dev").stdout == "1.0.0\n"
    assert "never built again" in ci("release create", "1.0.0", "--tier", "dev", code=2).stderr

    empty = tmp_path / "empty"
    empty.mkdir()
    nobody = Cli(empty, spark_cache.root, tmp_path / "state")
    proof = nobody(
        "run", "--json", "table", "--release", "1.0.0", "--store", team, "--set", "rows=4"
    )
    run = proof.json["run_id"]
    assert proof.json["result"]["total"] == 12

    production = fresh("az").replace("a store", "prod")
    nobody("release promote", "1.0.0", "--store", team, "--to", production, "--run", run)
    monkeypatch.setenv("SPARKFERRY_STORE", production)
    for rows, total in ((4, 12), (5, 20)):
        told = nobody("run", "--json", "table", "--release", "1.0.0", "--set", f"rows={rows}")
        assert told.json["result"]["total"] == total
    shown = nobody("status", "--json", told.json["run_id"]).json
    assert shown["plan"]["release"] == "1.0.0"
    assert shown["plan"]["prefix"].startswith("runs/release.1.0.0/table-")
    assert "latest" in nobody("run", "table", "--release", "latest", code=2).stderr
    nobody("release default", "1.0.0")
    assert nobody("release list", "--json").json[0]["latest"] is True
    assert nobody("release verify", "1.0.0").stdout.startswith("1.0.0")
    assert "no such job" in nobody("run", "tabel", "--release", "1.0.0", code=2).stderr
    kept = nobody("store du", "--json").json
    assert {area["name"] for area in kept} >= {"layers/", "outputs/", "promotions/", "releases/"}
