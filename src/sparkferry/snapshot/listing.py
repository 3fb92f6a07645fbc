"""What of a repository is in the snapshot, and which index entries it takes to write it as a tree.

In the snapshot are, of the whole repository, the tracked files as they are in the working tree; below
the project also the files that are neither tracked nor ignored; and the tracked files of submodules
below the project. Untracked files elsewhere in the repository are none of the project's business.
"""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import msgspec

from sparkferry.snapshot.git import Git
from sparkferry.snapshot.model import Absent

NEVER = frozenset({".git", ".sparkferry"})
"""Names of directories that are in no snapshot, whatever git says."""

NEVER_UNTRACKED = NEVER | {".venv", "__pycache__"}
"""Names of directories that are in no snapshot unless git tracks them."""

_SUBMODULE = "160000"
"""File mode of a submodule in an index (gitformat-index)."""

_LINK = "120000"
"""File mode of a symbolic link in an index."""


class Tracked(msgspec.Struct, frozen=True):
    """One entry of an index; of a conflict's stages only the first."""

    path: str
    mode: str
    object: str
    flag: str
    """One letter of ``git ls-files -v``: ``S`` for skip-worktree, lower case for assume-unchanged."""


class Listing(msgspec.Struct, frozen=True, kw_only=True):
    """Paths relative to the top of the repository."""

    members: tuple[str, ...]
    """Files and symbolic links in the snapshot, sorted."""
    update: tuple[str, ...]
    """What the index must take over from the working tree."""
    forget: tuple[Tracked, ...]
    """What the index must not hold."""
    reset: tuple[Tracked, ...]
    """Entries that git was told not to compare with the working tree; here it must."""
    absent: tuple[Absent, ...]
    """Submodules without content, and symbolic links that were checked out as text; paths relative to
    the project."""


class Nested(msgspec.Struct, frozen=True, kw_only=True):
    """A repository inside of the repository."""

    path: str
    members: tuple[str, ...]
    whole: bool
    """Whether its commit says all there is to say, so that it can be kept as a submodule."""


def list_repository(git: Git, prefix: str, named: tuple[str, ...] = ()) -> Listing:
    """Return what is in the snapshot of the project at ``prefix`` (empty, or ending with ``/``).

    ``named`` are files below it that belong to it even if git ignores them.
    """
    tracked = _tracked(git)
    untracked = _untracked(git, prefix)
    nested = tuple(_opened(item, named) for item in _nested(git, tracked, untracked, prefix))
    vendored = {item.path for item in nested if not item.whole}
    there = Presence(git.top)
    forget = [item for item in tracked if _is_out(item.path, NEVER) or there.behind_link(item.path)]
    gone = {item.path for item in forget}
    live = [item for item in tracked if item.path not in gone and there.compared(item)]
    plain = [item.path for item in live if item.path not in vendored]
    plain += [path for path in untracked if not path.endswith("/")]
    plain += named
    inner = [path for item in nested for path in item.members]
    links = {item.path for item in live if item.mode == _SUBMODULE}
    return Listing(
        members=tuple(sorted({path for path in plain if path not in links} | set(inner))),
        update=tuple(plain + [path for item in nested if not item.whole for path in item.members]),
        forget=tuple(forget),
        reset=tuple(item for item in live if item.flag == "S" or item.flag.islower()),
        absent=tuple(_absent(git, live, prefix)),
    )


def _absent(git: Git, tracked: list[Tracked], prefix: str) -> Iterator[Absent]:
    for item in tracked:
        if item.mode not in {_SUBMODULE, _LINK} or not item.path.startswith(prefix):
            continue
        place, path = git.top / item.path, item.path.removeprefix(prefix)
        if item.mode == _LINK and place.is_file() and not place.is_symlink():
            reason = "ships as a text file with a name: it is a symbolic link in Git"
            yield Absent(
                path, reason, "check it out with `core.symlinks = true`, on a system that has them"
            )
        elif item.mode == _SUBMODULE and not (place / ".git").exists():
            hint = "fetch it: `git submodule update --init --recursive`"
            yield Absent(
                path,
                "does not ship: it is a submodule that is not checked out",
                hint,
                directory=True,
            )


def write_tree(git: Git, listing: Listing) -> str:
    """Bring the scratch index up to the listing, write its tree to the repository, return its id."""
    if changed := [*listing.forget, *listing.reset]:
        gone = {item.path for item in listing.forget}
        info = b"".join(_index_info(item, forget=item.path in gone) for item in changed)
        git.ask("update-index", "-z", "--index-info", stdin=info)
    paths = b"".join(os.fsencode(path) + b"\0" for path in listing.update)
    git.ask("update-index", "--add", "--remove", "--replace", "-z", "--stdin", stdin=paths)
    return git.line("write-tree")


def _tracked(git: Git) -> tuple[Tracked, ...]:
    found: dict[str, Tracked] = {}
    for record in _records(git.ask("ls-files", "-z", "--stage", "-v")):
        facts, path = record.split("\t", 1)
        flag, mode, identity, _stage = facts.split(" ")
        found.setdefault(path, Tracked(path, mode, identity, flag))
    return tuple(found.values())


def _untracked(git: Git, prefix: str) -> tuple[str, ...]:
    said = git.ask("ls-files", "-z", "--others", "--exclude-standard", "--", prefix or ".")
    return tuple(path for path in _records(said) if not _is_out(path, NEVER_UNTRACKED))


def _nested(
    git: Git, tracked: tuple[Tracked, ...], untracked: tuple[str, ...], prefix: str
) -> Iterator[Nested]:
    for item in tracked:
        if item.mode == _SUBMODULE and item.path.startswith(prefix):
            inner = Git(git.top / item.path)
            if (inner.top / ".git").exists():
                said = inner.ask("status", "--porcelain", "-uno", "--ignore-submodules=none")
                yield Nested(path=item.path, members=_inner(inner, item.path), whole=not said)
    for path in untracked:
        inner = Git(git.top / path)
        if path.endswith("/") and not _is_linked_worktree(inner.top):
            yield Nested(path=path[:-1], members=_inner(inner, path[:-1]), whole=False)


def _opened(item: Nested, named: tuple[str, ...]) -> Nested:
    """Return a repository file by file where a named file, which its commit lacks, lies in it."""
    inside = any(path.startswith(f"{item.path}/") for path in named)
    return msgspec.structs.replace(item, whole=False) if inside else item


def _inner(git: Git, path: str) -> tuple[str, ...]:
    tracked = _tracked(git)
    deeper = tuple(_nested(git, tracked, (), ""))
    there = Presence(git.top)
    own = [item.path for item in tracked if item.mode != _SUBMODULE and there.exists(item.path)]
    own += [member for item in deeper for member in item.members]
    return tuple(f"{path}/{member}" for member in own)


def _is_linked_worktree(directory: Path) -> bool:
    file = directory / ".git"
    return file.is_file() and b"/worktrees/" in file.read_bytes()


def _records(said: bytes) -> list[str]:
    return [os.fsdecode(record) for record in said.split(b"\0") if record]


def _index_info(item: Tracked, *, forget: bool) -> bytes:
    mode, identity = ("0", "0" * len(item.object)) if forget else (item.mode, item.object)
    return os.fsencode(f"{mode} {identity} 0\t{item.path}\0")


def _is_out(path: str, names: frozenset[str]) -> bool:
    return not names.isdisjoint(path.split("/"))


class Presence:
    """Knows what is in the working tree; remembers what it found out about directories."""

    def __init__(self, top: Path) -> None:
        self._top = f"{top}/"
        self._links: dict[str, bool] = {"": False}

    def behind_link(self, path: str) -> bool:
        """Whether a directory of the path has become a symbolic link, so that the path is gone."""
        parent = path.rpartition("/")[0]
        known = self._links.get(parent)
        if known is None:
            mode = self._mode(parent)
            known = stat.S_ISLNK(mode) or self.behind_link(parent)
            self._links[parent] = known
        return known

    def exists(self, path: str) -> bool:
        """Whether the path itself is there."""
        return self._mode(path) != 0 and not self.behind_link(path)

    def compared(self, item: Tracked) -> bool:
        """Whether the working tree decides: not about what a sparse checkout left out."""
        return item.flag not in {"S", "s"} or self.exists(item.path)

    def _mode(self, path: str) -> int:
        try:
            return os.lstat(self._top + path).st_mode
        except OSError:
            return 0
