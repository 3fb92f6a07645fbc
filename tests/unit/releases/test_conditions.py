import subprocess
from pathlib import Path

import pytest

from sparkferry.layers.model import Artifact, Pin
from sparkferry.project.model import Project, Settings
from sparkferry.releases.conditions import (
    find_notes,
    name_problems,
    notes_problems,
    pin_problems,
    source_problems,
)
from sparkferry.snapshot.create import create_snapshot
from support.repository import plain_git

__all__ = ["plain_git"]


def git(root: Path, *words: str) -> None:
    user = ("-c", "user.name=a", "-c", "user.email=a@example.invalid")
    subprocess.run(["git", *user, *words], cwd=root, check=True, capture_output=True)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    (tmp_path / "pyproject.toml").write_text("")
    git(tmp_path, "init", "-q", "-b", "main")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "one")
    return Project(
        root=tmp_path,
        name="demo",
        requires_python=">=3.11",
        dependencies=(),
        tier="prod",
        settings=Settings(spark="4.0"),
        origins={},
    )


def problems(project: Project, name: str = "1.0.0") -> list[str]:
    found = source_problems(project, create_snapshot(project), name)
    return [item.message for item in found]


def test_a_commit_with_its_tag_on_a_branch_that_is_released(project):
    git(project.root, "tag", "v1.0.0")
    assert problems(project) == []


def test_all_problems_at_once(project):
    git(project.root, "checkout", "-q", "-b", "feat/x")
    (project.root / "new.py").touch()
    assert problems(project) == [
        "the working tree has changes, or files that Git does not know",
        "there is no tag `v1.0.0`",
        "the commit is on `feat/x`, and releases are made from `main`, `master`, `release/*`",
    ]


def test_a_tag_of_another_commit(project):
    git(project.root, "tag", "v1.0.0")
    git(project.root, "commit", "-q", "--allow-empty", "-m", "two")
    [said] = problems(project)
    assert said.startswith("the tag `v1.0.0` is at ")


def test_a_tag_that_ci_has_checked_out(project):
    git(project.root, "tag", "v1.0.0")
    git(project.root, "checkout", "-q", "v1.0.0")
    assert problems(project) == []
    git(project.root, "branch", "-m", "main", "other")
    [said] = problems(project)
    assert said.startswith("the commit is on `other`")


def test_a_branch_of_a_pattern(project):
    git(project.root, "tag", "v1.0.0")
    git(project.root, "checkout", "-q", "-b", "release/1.x")
    assert problems(project) == []


def test_no_repository(tmp_path, project):
    bare = tmp_path / "bare"
    bare.mkdir()
    git(project.root, "rm", "-rq", "--cached", ".")
    (project.root / ".git").rename(tmp_path / "gone")
    assert problems(project) == ["the project is in no Git repository with a commit"]


@pytest.mark.parametrize("name", ["", "latest", "1/2", "a b", "-1", "1" * 41, "1.0\n"])
def test_what_is_no_version(name):
    assert len(list(name_problems(name))) == 1


@pytest.mark.parametrize("name", ["1.4.0", "2026.11", "1.0.0-rc.1", "1.0+local"])
def test_what_is_a_version(name):
    assert list(name_problems(name)) == []


@pytest.mark.parametrize(
    "heading", ["## 1.4.0", "## [1.4.0] - 2026-11-20", "# v1.4.0", "### Release 1.4.0 (stable)"]
)
def test_notes_of_a_changelog(project, heading):
    (project.root / "CHANGELOG.md").write_text(f"# Log\n\n{heading}\n\nFaster.\n\n## 1.4\n\nOld.\n")
    assert find_notes(project, "1.4.0") == "Faster."
    assert find_notes(project, "1.4") == "Old."
    assert [x.message for x in notes_problems(project, "1.5.0")] == [
        "there are no notes of `1.5.0`"
    ]


def test_notes_of_a_tag(project):
    git(project.root, "tag", "v1.0.0")
    assert find_notes(project, "1.0.0") is None
    git(project.root, "tag", "-a", "v2.0.0", "-m", "Twice as fast")
    assert find_notes(project, "2.0.0") == "Twice as fast"


def test_packages_that_nobody_can_get_again():
    pins = tuple(
        Pin(name=name, version="1", artifact=artifact)
        for name, artifact in {
            "good": Artifact(name="good.whl", url="https://x/good.whl", sha256="a" * 64),
            "git": Artifact(name="git", url=None, vcs=("https://x/git", "b" * 40)),
            "local": Artifact(name="local", url=None, path="/elsewhere/local"),
            "loose": Artifact(name="loose.whl", url="https://x/loose.whl"),
        }.items()
    )
    assert [item.message for item in pin_problems(pins, "uv.lock")] == [
        "`local` is a directory or file of this machine",
        "`loose` is locked without a digest",
    ]
