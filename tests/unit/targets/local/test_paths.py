"""Which names of directories Spark is not given; that it can be given the others was run."""

from pathlib import Path

import pytest

from sparkferry.base.cache import Cache
from sparkferry.env import Env
from sparkferry.errors import DiagnosticsError
from sparkferry.project.kinds.local import LocalTarget
from sparkferry.targets.local.client import LocalClient
from sparkferry.targets.local.kind import LocalKind
from sparkferry.targets.local.paths import check_plan, path_problem
from support.plans import make_plan

ROLES = ("state", "cache", "store", "Spark")
FINE = (
    "José",
    "日本",
    "a b",
    "100%",
    "%2F",
    "it's",
    '"q"',
    "$HOME",
    "`x`",
    "a;b",
    "a&b",
    "(a)",
    "a@b=c+d",
)
MISREAD = (
    "a:b",
    "a,b",
    "a#b",
    "a?b",
    "a*",
    "[a]",
    "{a,b}",
    "{",
    "a\\b",
    "a\nb",
    "a\tb",
    "caf\udce9",
    "\x7f",
)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("name", FINE)
def test_what_runs_is_not_refused(role, name):
    assert path_problem(role, Path("/home", name, "x")) is None


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("name", MISREAD)
def test_what_would_be_misread_is_refused_by_name(role, name):
    problem = path_problem(role, Path("/home", name, "x"))
    assert problem is not None
    shown = name if name.isprintable() else ascii(name)[1:-1]
    assert problem.message.startswith(f"could not give the {role} directory `/home/")
    assert f"`{shown}` cannot be part of it, since " in problem.message
    assert problem.hint is not None
    assert problem.hint.startswith(f"rename `{shown}`, or ")
    assert problem.exit_code == 2


def test_all_directories_of_a_run_are_looked_at_at_once(tmp_path, monkeypatch):
    monkeypatch.setenv("SPARKFERRY_STATE_DIR", "/a,b/state")
    target = LocalTarget(spark_home="/opt/spark#3")
    plan = make_plan(target=target, store="/a?b/store")
    with pytest.raises(DiagnosticsError) as caught:
        check_plan(plan, Cache(Path("/a:b")))
    said = [item.message.partition("`")[0] for item in caught.value.diagnostics]
    assert said == [
        *(f"could not give the {role} directory " for role in ("state", "cache", "store", "Spark"))
    ]


def test_a_rerun_is_refused_before_anything_is_made(tmp_path, monkeypatch):
    monkeypatch.setenv("SPARKFERRY_STATE_DIR", str(tmp_path / "a#b"))
    client = LocalClient(LocalTarget(), Env(cache=Cache(tmp_path / "cache"), environ={}))
    with pytest.raises(DiagnosticsError):
        client.submit(LocalKind().request(make_plan()), {}, lambda *_: None, attached=True)
    assert not (tmp_path / "a#b").exists()
