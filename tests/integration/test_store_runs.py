"""Runs whose layers, records and outputs are in a store behind HTTP, seen from two laptops."""

import shutil
import subprocess
from pathlib import Path

import pytest

from support.cli import Cli
from support.stores import fresh

pytestmark = pytest.mark.spark


def git(root: Path, *words: str) -> None:
    user = ("-c", "user.name=a", "-c", "user.email=a@example.invalid")
    subprocess.run(["git", *user, *words], cwd=root, check=True, capture_output=True)


@pytest.fixture
def url(s3_environ, monkeypatch) -> str:
    for name, value in s3_environ.items():
        monkeypatch.setenv(name, value)
    return fresh("s3").replace("a store", "proj")


def test_a_run_that_another_laptop_looks_at_and_repeats(local, url, tmp_path, spark_cache):
    mine = local.with_(f"targets.local.store={url}")
    told = mine.outcome("table", "--set", "rows=4")
    assert told["result"]["total"] == 12

    (tmp_path / "empty").mkdir()
    theirs = Cli(tmp_path / "empty", spark_cache.root, tmp_path / "state")
    run, where = told["run_id"], ("--store", url)
    assert theirs("runs", *where).stdout.startswith(run)
    shown = theirs("status", "--json", run, *where).json
    assert shown["state"] == "succeeded"
    assert shown["plan"]["output"].startswith(url.replace("s3://", "s3a://"))
    assert theirs("logs", run, *where).stdout

    place = tmp_path / "fetched"
    theirs("fetch", run, *where, "--to", str(place), "--layers")
    assert (place / "output/table/_SUCCESS").is_file()
    assert list((place / "output/table").glob("part-*.parquet"))
    assert not list((place / "output/table").glob("*.crc"))
    assert {path.name for path in (place / "layers").rglob("*.*")} >= {"code.zip", "packages.zip"}
    refused = theirs("fetch", run, *where, "--to", str(place), code=2)
    assert "something is there already" in refused.stderr

    again = theirs("rerun", "--json", run, *where).json
    assert again["result"] == told["result"]
    assert [line.split()[0] for line in theirs("runs", *where).stdout.splitlines()] == [
        again["run_id"],
        run,
    ]
    other = theirs("run", "--json", "table", "--from", run, *where, "--set", "rows=5").json
    assert other["result"]["total"] == 20

    saved = tmp_path / "plan.json"
    shown = mine("plan", "table", "--set", "rows=6", "--out", str(saved), "--json").json
    assert all(layer["there"] for layer in shown["layers"])
    assert shown["upload"] == 0
    told = mine("run", "--plan", str(saved), "--json").json
    assert (told["run_id"], told["result"]["total"]) == (shown["run"], 30)
    assert "the id is taken" in mine("run", "--plan", str(saved), code=2).stderr
    dry = mine("run", "table", "--set", "rows=4", "--dry-run").stdout
    assert "requests to the store" in dry

    freed = mine("gc", "--days", "0", "--dry-run", "--json").json
    assert freed["keys"] == []


def test_executors_read_layers_that_are_in_a_store_elsewhere(warm_cli, url):
    told = warm_cli.with_(f"targets.local.store={url}").outcome("both", "--set", "rows=4")
    assert told["result"]["total"] == 12
    assert all("packages/numpy" in file for file in told["result"]["files"])


def test_two_developers_on_branches_of_like_names(local, url, tmp_path, spark_cache):
    people = []
    for branch in ("feat/a", "feat-a"):
        clone = tmp_path / branch.replace("/", "_")
        shutil.copytree(local.root, clone, ignore=shutil.ignore_patterns(".sparkferry"))
        git(clone, "init", "-q", "-b", branch)
        git(clone, "add", "-A")
        git(clone, "commit", "-qm", "one")
        state = tmp_path / f"state-{clone.name}"
        person = Cli(clone, spark_cache.root, state, local.overrides)
        people.append(person.with_(f"targets.local.store={url}", "snapshot.bundle=true"))
    started = [person.start("run", "--json", "table", "--set", "rows=4") for person in people]
    told = [person.end(it) for person, it in zip(people, started, strict=True)]
    assert [done.code for done in told] == [0, 0], [done.stderr for done in told]
    assert [done.json["result"]["total"] for done in told] == [12, 12]

    rows = people[0]("runs", "--json").json
    assert {row["branch"] for row in rows} == {"feat/a", "feat-a"}
    assert len({row["records"].rpartition("/")[0] for row in rows}) == 2
    assert len({row["output"].rpartition("/")[0] for row in rows}) == 2
    assert len(people[1]("runs", "--branch", "feat/a").stdout.splitlines()) == 1
    run = told[0].json["run_id"]
    people[1]("fetch", run, "--to", str(tmp_path / "fetched"))
    bundle, ref = str(tmp_path / "fetched/code.bundle"), f"refs/sparkferry/{run}"
    git(people[1].root, "fetch", "-q", bundle, f"{ref}:refs/heads/theirs")
    git(people[1].root, "show", "theirs:pyproject.toml")
    layers = people[0]("store ls", "layers/", "--json").json
    assert all(len(item["runs"]) == 2 for item in layers)


def test_a_store_that_refuses_is_told_before_anything_is_recorded(local, url, monkeypatch):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong")
    mine = local.with_(f"targets.local.store={url}")
    said = mine("run", "table", "--set", "rows=4", code=3).stderr
    assert "answered 403: SignatureDoesNotMatch" in said
    assert "the access key `test` of the environment needs `s3:PutObject`" in said
    found = mine("check", code=3).stdout
    assert "answered 403: SignatureDoesNotMatch" in found
