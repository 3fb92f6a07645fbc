"""Projects in the shape of public ones: checked, packed, run with and without workers, made to an image."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from support.cli import Cli
from support.real_projects import assert_becomes_an_image, checked_out, uv_lock

TOOLZ = (
    "toolz==1.0.0 --hash=sha256:292c8f1c4e7516bf9086f8850935c799a874039c8bcf959d47b600e4c44a6236\n"
)


def as_it_is(root: Path) -> None:
    """Take the lock that the project has."""
    del root


def mend_requirements(root: Path) -> None:
    """Do what the error about conda's path says."""
    (root / "requirements.txt").write_text(TOOLZ)


def edit_on_windows(root: Path) -> None:
    """Lock, and give every text a byte order mark and Windows' line ends."""
    uv_lock(root)
    for path in root.rglob("*"):
        if path.is_file() and ".git" not in path.parts:
            text = path.read_text("utf-8").replace("\n", "\r\n")
            path.write_bytes(text.encode("utf-8-sig"))


@dataclass(frozen=True)
class Case:
    """A project, how it is locked, a job of it, and what that returns."""

    name: str
    lock: Callable[[Path], None]
    job: str
    result: Any
    log: str = ""
    """What the driver's log holds beside."""


CASES = (
    Case("submit", uv_lock, "etl", None, "TOTAL STEPS 126\n"),
    Case(
        "flat",
        uv_lock,
        "words",
        {"to": 2, "be": 2, "or": 1, "not": 1, "that": 1, "is": 1, "the": 1, "question": 1},
    ),
    Case("monorepo", uv_lock, "version", {"core": "1.2.0", "motto": "one tag for all"}),
    Case("poetry1", as_it_is, "sizes", {"sizes": ["2", "40"]}),
    Case("poetry2", as_it_is, "sizes", {"sizes": ["2", "40"]}),
    Case("conda", mend_requirements, "version", {"toolz": "1.0.0"}),
    Case("windows", edit_on_windows, "names", {"names": ["Åsa", "José"]}),
)


@pytest.fixture(scope="module", params=CASES, ids=lambda case: case.name)
def case(request: pytest.FixtureRequest) -> Case:
    return request.param


@pytest.fixture(scope="module")
def user(case: Case, cold_cli: Cli, tmp_path_factory: pytest.TempPathFactory) -> Cli:
    """The user of the project, without a cluster."""
    root = checked_out(case.name, case.lock, tmp_path_factory.mktemp("real"))
    return cold_cli.with_(root=root)


def test_check_finds_nothing(user):
    done = user("check")
    assert (done.stdout, done.stderr.splitlines()[-1]) == ("", "0 errors, 0 warnings")


def test_pack_says_nothing_but_the_layers(user):
    packed = user("pack")
    kinds = [line.split()[0] for line in packed.stdout.splitlines()]
    assert kinds[0] == "interpreter"
    assert kinds[-1] == "code"
    assert "warning" not in packed.stderr


def test_it_runs_in_one_process(user, case):
    assert_runs(user.with_("targets.local.workers=0"), case)


def test_it_runs_on_two_workers(user, case, warm_cli):
    assert_runs(user, case)


def assert_runs(user: Cli, case: Case) -> None:
    told = user.outcome(case.job)
    assert (told["state"], told["result"], told["warnings"]) == ("succeeded", case.result, [])
    assert case.log in user("logs", told["run_id"]).stdout


@pytest.mark.engine
def test_it_becomes_an_image_that_keeps_its_promises(user, tmp_path):
    assert_becomes_an_image(user, tmp_path)
