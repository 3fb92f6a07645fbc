"""Whatever state a repository is in: the snapshot is what is there, and leaves all as it is."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from sparkferry.snapshot.create import create_snapshot
from sparkferry.snapshot.model import Snapshot
from sparkferry.snapshot.pin import pin_commit
from support.repository import Repository, project, write

FILES: dict[str, str | bytes] = {
    ".gitignore": "*.log\nbuild/\n",
    "src/shop/__init__.py": "",
    "src/shop/job.py": "one\n",
    "src/shop/old.py": "old\n",
}

Arrange = Callable[[Path], Repository]


def edit(repository: Repository) -> Repository:
    """Leave changed, staged, deleted, untracked and ignored files."""
    write(repository.top, {"src/shop/staged.py": "staged\n", "src/shop/job.py": "staged\n"})
    repository.git("add", "-A")
    write(
        repository.top,
        {
            "src/shop/job.py": "edited\n",
            "src/shop/new file.py": "new\n",
            "src/shop/line\nbreak.py": "new\n",
            "src/shop/é.py": "new\n",
            "run.log": "ignored\n",
            "build/out.py": "ignored\n",
        },
    )
    write(repository.top, {os.fsdecode(b"data/\xff.bin"): b"\0\xff"})
    (repository.top / "src/shop/old.py").unlink()
    return repository


EDITED = {
    ".gitignore": b"*.log\nbuild/\n",
    "src/shop/__init__.py": b"",
    "src/shop/job.py": b"edited\n",
    "src/shop/staged.py": b"staged\n",
    "src/shop/new file.py": b"new\n",
    "src/shop/line\nbreak.py": b"new\n",
    "src/shop/é.py": b"new\n",
    os.fsdecode(b"data/\xff.bin"): b"\0\xff",
}


def committed(top: Path) -> Repository:
    return Repository.create(top).commit(FILES)


def clean(top: Path) -> Repository:
    repository = edit(committed(top))
    return repository.commit()


def dirty(top: Path) -> Repository:
    return edit(committed(top))


def older_stash(top: Path) -> Repository:
    repository = committed(top)
    write(top, {"src/shop/job.py": "stashed\n", "src/shop/secret.py": "stashed\n"})
    repository.git("stash", "push", "--include-untracked")
    return edit(repository)


def clean_with_older_stash(top: Path) -> Repository:
    return older_stash(top).commit()


def detached(top: Path) -> Repository:
    repository = committed(top)
    repository.git("checkout", "-q", "--detach")
    return edit(repository)


def no_commits(top: Path) -> Repository:
    return edit_without_commit(Repository.create(top))


def edit_without_commit(repository: Repository) -> Repository:
    write(repository.top, FILES)
    return edit(repository)


def mid_merge(top: Path) -> Repository:
    repository = committed(top)
    repository.git("checkout", "-q", "-b", "other")
    repository.commit({"src/shop/job.py": "theirs\n"})
    repository.git("checkout", "-q", "main")
    repository.commit({"src/shop/job.py": "ours\n"})
    with pytest.raises(AssertionError, match="merge"):
        repository.git("merge", "other")
    write(top, {name: body for name, body in EDITED.items() if name != ".gitignore"})
    (top / "src/shop/old.py").unlink()
    return repository


def linked_worktree(top: Path) -> Repository:
    main = committed(top.with_name("main"))
    main.git("worktree", "add", "-q", "-b", "feat/a", str(top))
    return edit(Repository(top))


def split_index(top: Path) -> Repository:
    repository = committed(top)
    repository.git("config", "core.splitIndex", "true")
    repository.git("update-index", "--split-index")
    return edit(repository)


def untracked_cache(top: Path) -> Repository:
    repository = committed(top)
    repository.git("update-index", "--untracked-cache")
    return edit(repository)


def intent_to_add(top: Path) -> Repository:
    repository = edit(committed(top))
    repository.git("add", "--intent-to-add", ".")
    return repository


def assume_unchanged(top: Path) -> Repository:
    repository = committed(top)
    repository.git("update-index", "--assume-unchanged", "src/shop/job.py", "src/shop/old.py")
    return edit(repository)


def skip_worktree(top: Path) -> Repository:
    repository = committed(top)
    repository.git("update-index", "--skip-worktree", "src/shop/job.py")
    return edit(repository)


def same_size_same_time(top: Path) -> Repository:
    """Leave an edit that only the index's own time gives away: git's "racy" entries."""
    repository = edit(committed(top))
    repository.git("config", "core.trustctime", "false")
    job, time = top / "src/shop/job.py", (10**18, 10**18)
    write(top, {"src/shop/job.py": "EDITED\n"})
    os.utime(job, ns=time)
    repository.git("add", "src/shop/job.py")
    write(top, {"src/shop/job.py": "edited\n"})
    os.utime(job, ns=time)
    os.utime(top / ".git/index", ns=time)
    return repository


def directory_becomes_file(top: Path) -> Repository:
    repository = committed(top)
    repository.commit({"a/b": "1", "c": "1", "link/x": "1", "link/deep/x": "1"})
    for path in ("a/b", "c", "link/x", "link/deep/x"):
        (top / path).unlink()
    for path in ("a", "link/deep", "link"):
        (top / path).rmdir()
    (top / "link").symlink_to("src/shop")
    write(top, {"a": "2", "c/d": "2"})
    return repository


STATES = {
    state.__name__: state
    for state in (
        clean,
        dirty,
        older_stash,
        clean_with_older_stash,
        detached,
        no_commits,
        mid_merge,
        linked_worktree,
        split_index,
        untracked_cache,
        intent_to_add,
        assume_unchanged,
        skip_worktree,
        same_size_same_time,
    )
}


def shipped(snapshot: Snapshot) -> dict[str, bytes]:
    return {file.path: file.source.read_bytes() for file in snapshot.files}


@pytest.mark.parametrize("arrange", STATES.values(), ids=STATES)
def test_the_snapshot_is_what_is_there_and_changes_nothing(arrange: Arrange, tmp_path: Path):
    repository = arrange(tmp_path / "project")
    before = repository.state()
    kept = pin_commit(create_snapshot(project(repository.top)), "pi-1")
    assert repository.state() == before
    content = shipped(kept)
    del content["pyproject.toml"]
    assert content == EDITED
    assert kept.ref == "refs/sparkferry/pi-1"
    assert repository.archive(kept.ref) == shipped(kept)


def test_a_file_in_place_of_a_directory_and_the_reverse(tmp_path: Path):
    repository = directory_becomes_file(tmp_path)
    before = repository.state()
    kept = pin_commit(create_snapshot(project(tmp_path)), "pi-1")
    assert repository.state() == before
    content = shipped(kept)
    assert (content["a"], content["c/d"]) == (b"2", b"2")
    assert content["link/job.py"] == b"one\n"
    archive = repository.archive("refs/sparkferry/pi-1")
    assert (archive["a"], archive["c/d"], archive["link"]) == (b"2", b"2", "src/shop")


def test_a_sparse_checkout_ships_what_is_checked_out_and_keeps_the_rest(tmp_path: Path):
    repository = Repository.create(tmp_path).commit({**FILES, "docs/a.md": "a", "data/b": "b"})
    repository.git("sparse-checkout", "set", "--cone", "src")
    write(tmp_path, {"src/shop/job.py": "edited\n"})
    before = repository.state()
    kept = pin_commit(create_snapshot(project(tmp_path)), "pi-1")
    assert repository.state() == before
    assert "docs/a.md" not in shipped(kept)
    archive = repository.archive("refs/sparkferry/pi-1")
    assert (archive["docs/a.md"], archive["src/shop/job.py"]) == (b"a", b"edited\n")


def test_branch_head_and_dirtiness_are_told(tmp_path: Path):
    repository = committed(tmp_path / "a")
    head = repository.git("rev-parse", "HEAD").decode().strip()
    snapshot = create_snapshot(project(repository.top))
    assert (snapshot.branch, snapshot.head, snapshot.dirty) == ("main", head, False)
    write(repository.top, {"notes.md": "untracked"})
    assert create_snapshot(project(repository.top)).dirty
    repository.git("checkout", "-q", "--detach")
    assert create_snapshot(project(repository.top)).branch == "detached"
    fresh = create_snapshot(project(no_commits(tmp_path / "b").top))
    assert (fresh.branch, fresh.head, fresh.dirty) == ("main", None, True)
    assert create_snapshot(project(linked_worktree(tmp_path / "c").top)).branch == "feat/a"


def test_executable_bits_are_those_of_the_file_system(tmp_path: Path):
    repository = Repository.create(tmp_path).commit({"run.sh": "#!/bin/sh\n", "plain.sh": ""})
    (tmp_path / "run.sh").chmod(0o755)
    kept = pin_commit(create_snapshot(project(tmp_path)), "pi-1")
    bits = {file.path: file.executable for file in kept.files}
    assert (bits["run.sh"], bits["plain.sh"]) == (True, False)
    assert b"100755" in repository.git("ls-tree", "refs/sparkferry/pi-1", "run.sh")
