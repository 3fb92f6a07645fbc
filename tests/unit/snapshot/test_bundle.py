import subprocess
from pathlib import Path

import pytest

from sparkferry.snapshot.bundle import bundled
from sparkferry.snapshot.create import create_snapshot
from sparkferry.snapshot.pin import pin_commit
from support.repository import MANIFEST, plain_git, project

__all__ = ["plain_git"]

RUN = "pi-20260101-120000-aaaa"
REF = f"refs/sparkferry/{RUN}"


def git(root: Path, *words: str) -> str:
    user = ("-c", "user.name=a", "-c", "user.email=a@example.invalid")
    done = subprocess.run(
        ["git", *user, *words], cwd=root, check=True, capture_output=True, text=True
    )
    return done.stdout


@pytest.fixture
def origin(tmp_path: Path) -> Path:
    root = tmp_path / "origin"
    root.mkdir()
    (root / "pyproject.toml").write_text(MANIFEST)
    (root / "large").write_bytes(bytes(range(256)) * 400)
    git(root, "init", "-q", "-b", "main")
    git(root, "add", ".")
    git(root, "commit", "-qm", "one")
    return root


def test_a_colleague_fetches_what_ran(origin, tmp_path):
    git(tmp_path, "clone", "-q", str(origin), "mine")
    git(tmp_path, "clone", "-q", str(origin), "theirs")
    (tmp_path / "mine/job.py").write_text("print(1)\n")
    snapshot = create_snapshot(project(tmp_path / "mine"))
    pin_commit(snapshot, RUN)
    with bundled(snapshot, RUN) as bundle:
        assert bundle is not None
        assert bundle.stat().st_size < 5_000
        git(tmp_path / "theirs", "fetch", "-q", str(bundle), f"{REF}:{REF}")
    assert git(tmp_path / "theirs", "show", f"{REF}:job.py") == "print(1)\n"


def test_a_repository_without_remotes_is_whole(origin, tmp_path):
    snapshot = create_snapshot(project(origin))
    pin_commit(snapshot, RUN)
    git(tmp_path, "init", "-q", "empty")
    with bundled(snapshot, RUN) as bundle:
        git(tmp_path / "empty", "fetch", "-q", str(bundle), f"{REF}:{REF}")
    assert git(tmp_path / "empty", "show", f"{REF}:pyproject.toml") == MANIFEST


def test_code_outside_of_a_repository(tmp_path):
    (tmp_path / "pyproject.toml").write_text(MANIFEST)
    with bundled(create_snapshot(project(tmp_path)), RUN) as bundle:
        assert bundle is None
