"""The state of the Git repository that a local directory lies in, as far as a build may read it."""

import os
from collections.abc import Iterator
from pathlib import Path

import msgspec

from sparkferry.layers.wheels.fingerprint import NOT_SOURCE, digest, digest_tree, fingerprint
from sparkferry.snapshot.git import Git

_SUBMODULE = "160000"
"""File mode of a submodule in an index (gitformat-index)."""

_STATUS = (
    *("status", "--porcelain=v2", "--branch", "-z", "--no-renames", "--no-ahead-behind"),
    *("--untracked-files=all", "--ignore-submodules=none"),
)
_FIELDS = {"1": 8, "u": 10, "?": 1}
"""Fields before the path, by kind of entry (git-status, porcelain format version 2)."""


class RepositoryState(msgspec.Struct, frozen=True, kw_only=True):
    """All of a repository but what it ignores."""

    digest: str
    """SHA-256 of HEAD, branch, tags, index, and every file that is not ignored."""
    dirty: bool
    """Whether tracked files differ from HEAD."""
    shallow: bool
    """Whether history was cut off when it was fetched."""


class Repositories:
    """States of repositories, each found once: members of a workspace share theirs."""

    def __init__(self) -> None:
        self._states: dict[Path, RepositoryState] = {}

    def state(self, top: Path) -> RepositoryState:
        """Return the state of the repository with the working tree ``top``.

        :raises ExternalError: Git is missing or failed.
        """
        if top not in self._states:
            self._states[top] = repository_state(top)
        return self._states[top]


def repository_state(top: Path) -> RepositoryState:
    """Return the state of the repository with the working tree ``top``.

    Git compares the working tree with its index, so clean files are not read: their object ids
    stand for their content. Their sizes are added, because Git counts a Git LFS pointer and its
    content as the same file.

    :raises ExternalError: Git is missing or failed.
    """
    git = Git(top)
    entries = _records(git.ask("ls-files", "-z", "--stage", "-v"))
    status = _records(git.ask(*_STATUS))
    refs = git.line(
        "for-each-ref", "--format=%(objectname) %(refname)", "refs/tags", "refs/replace"
    )
    shallow = top / git.line("rev-parse", "--git-path", "shallow")
    content = (*_content(top, entries), *_changes(top, status))
    return RepositoryState(
        digest=digest((*entries, *status, refs, fingerprint(shallow), *content)),
        dirty=any(record[:2] in {"1 ", "u "} for record in status),
        shallow=shallow.exists(),
    )


def others_in(top: Path, member: Path) -> str:
    """Return a SHA-256 of the files in ``member`` that Git does not track, ignored or not.

    :raises ExternalError: Git is missing or failed.
    """
    skipped = [part for name in NOT_SOURCE for part in ("-x", name)]
    said = Git(top).ask("ls-files", "--others", "-z", *skipped, "--", str(member))
    return digest(part for path in _records(said) for part in (path, _untracked(top / path, path)))


def _untracked(place: Path, path: str) -> str:
    # A repository inside of the repository is listed as a directory.
    return digest_tree(place) if path.endswith("/") else fingerprint(place)


def _content(top: Path, entries: list[str]) -> Iterator[str]:
    """Yield what the index does not say of its entries."""
    for entry in entries:
        facts, path = entry.split("\t", 1)
        flag, mode, *_ = facts.split(" ")
        if mode == _SUBMODULE:
            if (top / path / ".git").exists():
                yield repository_state(top / path).digest
        elif flag == "S" or flag.islower():
            # Git was told not to compare it (skip-worktree, assume-unchanged).
            yield fingerprint(top / path)
        else:
            yield _size(f"{top}/{path}")


def _changes(top: Path, status: list[str]) -> Iterator[str]:
    for record in status:
        fields = _FIELDS.get(record[0])
        if fields:
            yield fingerprint(top / record.split(" ", fields)[fields])


def _size(path: str) -> str:
    try:
        return str(os.lstat(path).st_size)
    except OSError:
        return ""


def _records(said: bytes) -> list[str]:
    return [os.fsdecode(record) for record in said.split(b"\0") if record]
