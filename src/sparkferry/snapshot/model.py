"""The snapshot as a value."""

from pathlib import Path

import msgspec


class File(msgspec.Struct, frozen=True):
    """One file that ships."""

    path: str
    """Relative to the project's root, POSIX separators; bytes that are not UTF-8 as surrogate escapes."""
    source: Path
    """Where its bytes are read from: itself, or what its symbolic link points to."""
    size: int
    """In bytes."""
    executable: bool
    modified: int
    """Modification time of ``source`` in nanoseconds since the epoch: whoever reads it later can tell
    whether it is still the file of the snapshot."""


class Absent(msgspec.Struct, frozen=True):
    """Something that Git has at a path, and whose content is not there."""

    path: str
    """Relative to the project's root."""
    reason: str
    """What that means, in words that follow the path."""
    hint: str
    directory: bool = False
    """Whether it would be a directory."""

    @property
    def inner(self) -> str:
        """Path of a file: itself, or one in the directory."""
        return f"{self.path}/content" if self.directory else self.path


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """The exact source tree that ships, uncommitted work included."""

    root: Path
    files: tuple[File, ...]
    """Sorted by path."""
    branch: str
    """Current branch; ``detached`` with a detached HEAD, ``no-git`` outside of a repository."""
    head: str | None
    """Commit that is checked out, or None where there is none."""
    tree: str | None
    """Git's id of the tree that ships, the whole repository's; None outside of a repository."""
    commit: str | None = None
    """Commit that holds the tree, kept on ``ref``; None until it is kept."""
    ref: str | None = None
    """``refs/sparkferry/<run-id>``; None until it is kept."""
    dirty: bool = False
    """Whether the tree differs from ``head``."""
    absent: tuple[Absent, ...] = ()
    """What is not in ``files`` since its content is not there, or is there as a mere name."""
