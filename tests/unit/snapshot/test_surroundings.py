"""What surrounds a repository: hooks, monitors, settings, variables, other repositories."""

import os
from pathlib import Path

import pytest

from sparkferry.errors import ExternalError, UserError
from sparkferry.snapshot.create import create_snapshot
from sparkferry.snapshot.model import Snapshot
from sparkferry.snapshot.pin import pin_commit
from support.repository import MANIFEST, Repository, project, write

HOOKS = ("post-index-change", "reference-transaction", "pre-commit", "post-commit", "fsmonitor")


def paths(snapshot: Snapshot) -> list[str]:
    return [file.path for file in snapshot.files if file.path != "pyproject.toml"]


def tree(repository: Repository, ref: str) -> list[str]:
    said = repository.git("ls-tree", "-r", "-z", "--name-only", ref)
    return [name for name in os.fsdecode(said).split("\0") if name]


def test_no_hook_monitor_or_signature_is_asked_for(tmp_path: Path):
    repository = Repository.create(tmp_path / "p").commit({"a.py": "1"})
    marker = tmp_path / "called"
    for name in HOOKS:
        write(repository.top, {f".git/hooks/{name}": f"#!/bin/sh\necho {name} >> '{marker}'\n"})
        (repository.top / ".git/hooks" / name).chmod(0o755)
    repository.git("config", "core.fsmonitor", ".git/hooks/fsmonitor")
    repository.git("config", "commit.gpgSign", "true")
    repository.git("config", "gpg.program", "false")
    write(repository.top, {"a.py": "2"})
    kept = pin_commit(create_snapshot(project(repository.top)), "pi-1")
    assert not marker.exists()
    assert kept.commit is not None
    assert b"sparkferry@localhost" in repository.git("cat-file", "commit", kept.commit)


def test_the_variables_of_a_hook_do_not_lead_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    other = Repository.create(tmp_path / "other").commit({"other.py": "1"})
    repository = Repository.create(tmp_path / "p").commit({"a.py": "1"})
    before = other.state(), repository.state()
    with monkeypatch.context() as patch:
        patch.setenv("GIT_DIR", str(other.top / ".git"))
        patch.setenv("GIT_WORK_TREE", str(other.top))
        patch.setenv("GIT_INDEX_FILE", str(other.top / ".git/index"))
        patch.setenv("GIT_AUTHOR_NAME", "")
        kept = pin_commit(create_snapshot(project(repository.top)), "pi-1")
    assert (other.state(), repository.state()) == before
    assert paths(kept) == ["a.py"]


def test_a_run_id_is_kept_once(tmp_path: Path):
    Repository.create(tmp_path)
    snapshot = create_snapshot(project(tmp_path))
    first = pin_commit(snapshot, "pi-1")
    with pytest.raises(UserError, match=r"refs/sparkferry/pi-1`: it is taken"):
        pin_commit(snapshot, "pi-1")
    assert first.commit is not None


def test_outside_of_a_repository_there_is_nothing_to_keep(tmp_path: Path):
    write(tmp_path, {"pyproject.toml": MANIFEST})
    snapshot = create_snapshot(project(tmp_path))
    assert pin_commit(snapshot, "pi-1") == snapshot


def test_a_reference_that_git_refuses_is_an_error(tmp_path: Path):
    Repository.create(tmp_path)
    with pytest.raises(ExternalError, match=r"could not keep the snapshot on .*\.\.bad"):
        pin_commit(create_snapshot(project(tmp_path)), "..bad")


def test_git_that_is_missing_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    Repository.create(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    with pytest.raises(ExternalError, match="could not start `git`") as caught:
        create_snapshot(project(tmp_path))
    assert caught.value.hint == "install `git` or put it on PATH"


def test_a_broken_repository_is_an_error_and_not_a_plain_directory(tmp_path: Path):
    Repository.create(tmp_path).commit()
    (tmp_path / ".git/HEAD").write_text("nonsense")
    with pytest.raises(ExternalError, match="could not read the git repository"):
        create_snapshot(project(tmp_path))


def test_a_project_below_the_top_ships_alone_and_keeps_the_whole(tmp_path: Path):
    repository = Repository.create(tmp_path)
    repository.commit({":jobs/*/pyproject.toml": MANIFEST, "lib/a.py": "1", "gone.py": "1"})
    write(
        tmp_path,
        {":jobs/*/a.py": "1", ":jobs/x/a.py": "1", "lib/a.py": "22", "lib/untracked.pem": "key"},
    )
    (tmp_path / "gone.py").unlink()
    before = repository.state()
    kept = pin_commit(create_snapshot(project(tmp_path / ":jobs/*")), "pi-1")
    assert repository.state() == before
    assert paths(kept) == ["a.py"]
    assert tree(repository, "refs/sparkferry/pi-1") == [
        ":jobs/*/a.py",
        ":jobs/*/pyproject.toml",
        "lib/a.py",
        "pyproject.toml",
    ]
    assert repository.archive("refs/sparkferry/pi-1")["lib/a.py"] == b"22"


def test_a_project_that_an_outer_repository_ignores_is_a_plain_directory(tmp_path: Path):
    Repository.create(tmp_path).commit({".gitignore": "/demo/\n"})
    write(tmp_path, {"demo/pyproject.toml": MANIFEST, "demo/a.py": "", "demo/.gitignore": "*.log"})
    snapshot = create_snapshot(project(tmp_path / "demo"))
    assert (snapshot.branch, snapshot.tree) == ("no-git", None)
    assert paths(snapshot) == [".gitignore", "a.py"]


def test_sparkferrys_own_directory_never_ships_even_when_tracked(tmp_path: Path):
    repository = Repository.create(tmp_path).commit({"a.py": "1", ".sparkferry/store/x": "1"})
    write(tmp_path, {"sub/.sparkferry/y": "1", "__pycache__/a.pyc": "", ".venv/bin/python": ""})
    kept = pin_commit(create_snapshot(project(tmp_path)), "pi-1")
    assert paths(kept) == ["a.py"]
    assert tree(repository, "refs/sparkferry/pi-1") == ["a.py", "pyproject.toml"]


def submodule(tmp_path: Path) -> Repository:
    deep = Repository.create(tmp_path / "deep").commit({"deep.py": "1"})
    inner = Repository.create(tmp_path / "inner").commit({"inner.py": "1", "gone.py": "1"})
    inner.git("submodule", "--quiet", "add", str(deep.top), "deep")
    inner.commit()
    repository = Repository.create(tmp_path / "p")
    repository.git("submodule", "--quiet", "add", str(inner.top), "vendor/inner")
    repository.git("submodule", "--quiet", "update", "--init", "--recursive")
    return repository.commit()


INNER = [
    "vendor/inner/.gitmodules",
    "vendor/inner/deep/deep.py",
    "vendor/inner/deep/pyproject.toml",
]


def test_a_clean_submodule_ships_its_tracked_files_and_is_kept_as_one(tmp_path: Path):
    repository = submodule(tmp_path)
    write(repository.top, {"vendor/inner/untracked.py": "1"})
    before = repository.state()
    kept = pin_commit(create_snapshot(project(repository.top)), "pi-1")
    assert repository.state() == before
    assert paths(kept) == [
        ".gitmodules",
        *INNER,
        "vendor/inner/gone.py",
        "vendor/inner/inner.py",
        "vendor/inner/pyproject.toml",
    ]
    assert not kept.dirty
    assert b"160000 commit" in repository.git("ls-tree", "refs/sparkferry/pi-1", "vendor/inner")


def test_a_changed_submodule_is_kept_as_its_files(tmp_path: Path):
    repository = submodule(tmp_path)
    write(repository.top, {"vendor/inner/inner.py": "22", "vendor/inner/deep/deep.py": "22"})
    (repository.top / "vendor/inner/gone.py").unlink()
    before = repository.state()
    kept = pin_commit(create_snapshot(project(repository.top)), "pi-1")
    assert repository.state() == before
    assert kept.dirty
    shipped = {file.path: file.source.read_bytes() for file in kept.files}
    assert "vendor/inner/gone.py" not in shipped
    assert shipped["vendor/inner/deep/deep.py"] == b"22"
    assert repository.archive("refs/sparkferry/pi-1") == shipped


def test_a_submodule_that_is_not_checked_out_stays_what_it_is(tmp_path: Path):
    repository = submodule(tmp_path)
    repository.git("submodule", "--quiet", "deinit", "-f", "vendor/inner")
    kept = pin_commit(create_snapshot(project(repository.top)), "pi-1")
    assert paths(kept) == [".gitmodules"]
    assert not kept.dirty


def test_a_repository_that_is_no_submodule_ships_as_its_files(tmp_path: Path):
    repository = Repository.create(tmp_path).commit()
    Repository.create(tmp_path / "lib").commit({"lib.py": "1"})
    Repository.create(tmp_path / "empty")
    repository.git("worktree", "add", "-q", "--detach", "tree")
    kept = pin_commit(create_snapshot(project(tmp_path)), "pi-1")
    assert paths(kept) == ["lib/lib.py", "lib/pyproject.toml"]
    assert repository.archive("refs/sparkferry/pi-1")["lib/lib.py"] == b"1"


def test_filters_and_line_endings_leave_the_bytes_of_the_working_tree(tmp_path: Path):
    repository = Repository.create(tmp_path)
    repository.git("config", "filter.upper.clean", "tr a-z A-Z")
    repository.git("config", "filter.upper.smudge", "tr A-Z a-z")
    repository.git("config", "core.safecrlf", "true")
    attributes = "*.txt text eol=crlf\n*.up filter=upper\n"
    repository.commit({".gitattributes": attributes, "a.txt": "1\r\n", "a.up": "one"})
    write(tmp_path, {"a.txt": "1\r\n2\r\n", "a.up": "two", "new.txt": "3\r\n"})
    write(tmp_path, {"unix.txt": "4\n"})
    kept = pin_commit(create_snapshot(project(tmp_path)), "pi-1")
    shipped = {file.path: file.source.read_bytes() for file in kept.files}
    assert (shipped["a.txt"], shipped["a.up"], shipped["new.txt"]) == (
        b"1\r\n2\r\n",
        b"two",
        b"3\r\n",
    )
    assert shipped.pop("unix.txt") == b"4\n"
    del shipped["pyproject.toml"]
    archive = repository.archive("refs/sparkferry/pi-1")
    assert {name: archive[name] for name in shipped} == shipped
    assert repository.git("cat-file", "blob", "refs/sparkferry/pi-1:a.up") == b"TWO"
