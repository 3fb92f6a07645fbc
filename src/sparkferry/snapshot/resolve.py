"""Paths to files: what is really there, with symbolic links replaced by what they point to."""

import errno
import os
import stat
from bisect import bisect_left
from collections.abc import Iterator
from pathlib import Path

from sparkferry.errors import Diagnostic
from sparkferry.snapshot.model import Absent, File

_LINK_HINT = (
    "copy what it points to into the project, or keep the link out: ignore it, "
    "and `git rm --cached` it where it is tracked"
)


class Resolver:
    """Turns the members of a tree into files, and collects what cannot be."""

    def __init__(self, top: Path, prefix: str, members: tuple[str, ...]) -> None:
        self._top = top
        self._prefix = prefix
        self._sorted = members
        self._members = frozenset(members)
        self.problems: list[Diagnostic] = []
        """Links that cannot be followed, found so far."""
        self.absent: list[Absent] = []
        """Links to nothing, found so far."""

    def files(self) -> tuple[File, ...]:
        """Return the files below the prefix, relative to it, sorted by path."""
        found = (
            file for member in self._below(self._prefix) for file in self._resolve(member, member)
        )
        return tuple(sorted(found, key=lambda file: file.path))

    def _below(self, prefix: str) -> Iterator[str]:
        for index in range(bisect_left(self._sorted, prefix), len(self._sorted)):
            if not self._sorted[index].startswith(prefix):
                return
            yield self._sorted[index]

    def _resolve(self, member: str, at: str, trail: tuple[str, ...] = ()) -> Iterator[File]:
        source = self._top / member
        try:
            facts = source.lstat()
        except (FileNotFoundError, NotADirectoryError):
            return
        if stat.S_ISREG(facts.st_mode):
            yield self._file(at, source, facts)
        elif stat.S_ISLNK(facts.st_mode):
            yield from self._follow(member, at, trail)

    def _follow(self, member: str, at: str, trail: tuple[str, ...]) -> Iterator[File]:
        try:
            source = Path(os.path.realpath(self._top / member, strict=True))
        except OSError as error:
            self._broken(member, at, error)
            return
        target = self._inside(source)
        if target is None:
            self._problem(at, f"points to `{source}`, outside of the project")
        elif target in self._members:
            yield self._file(at, source, source.stat())
        elif target in trail or f"{member}/".startswith(target and f"{target}/"):
            self._problem(at, f"points to `{target or '.'}`, which holds the link itself")
        else:
            yield from self._expand(target, at, trail)

    def _expand(self, target: str, at: str, trail: tuple[str, ...]) -> Iterator[File]:
        inner = tuple(self._below(f"{target}/"))
        if not inner:
            self._problem(at, f"points to `{target}`, which is ignored")
        for member in inner:
            yield from self._resolve(member, at + member.removeprefix(target), (*trail, target))

    def _broken(self, member: str, at: str, error: OSError) -> None:
        # A link to nothing has no content here either; a link that may gain some elsewhere is wrong.
        if error.errno == errno.ELOOP:
            self._problem(at, "is part of a circle of symbolic links")
        elif self._inside(Path(os.path.realpath(self._top / member))) is None:
            self._problem(
                at, f"points to `{(self._top / member).readlink()}`, outside of the project"
            )
        else:
            self._absent(at, (self._top / member).readlink().as_posix())

    def _absent(self, at: str, target: str) -> None:
        annexed = ".git/annex/objects/" in target
        reason = (
            "does not ship: git-annex has not fetched it"
            if annexed
            else (f"does not ship: it is a symbolic link to `{target}`, which is not there")
        )
        hint = "fetch it: `git annex get`" if annexed else "create what it points to, or remove it"
        self.absent.append(Absent(at.removeprefix(self._prefix), reason, hint))

    def _inside(self, source: Path) -> str | None:
        if not source.is_relative_to(self._top):
            return None
        inside = source.relative_to(self._top).as_posix()
        return "" if inside == "." else inside

    def _file(self, at: str, source: Path, facts: os.stat_result) -> File:
        return File(
            path=at.removeprefix(self._prefix),
            source=source,
            size=facts.st_size,
            executable=bool(facts.st_mode & stat.S_IXUSR),
            modified=facts.st_mtime_ns,
        )

    def _problem(self, at: str, reason: str) -> None:
        path = at.removeprefix(self._prefix)
        message = f"could not ship the symbolic link `{path}`: it {reason}"
        self.problems.append(Diagnostic("error", message, _LINK_HINT, file=path))
