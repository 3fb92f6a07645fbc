"""Local directories that wheels are built from: what a build of one depends on."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import msgspec

from sparkferry.errors import UserError
from sparkferry.layers.wheels.fingerprint import digest, digest_tree, fingerprint
from sparkferry.layers.wheels.repository import Repositories, others_in
from sparkferry.snapshot.git import Git, find_repository
from sparkferry.snapshot.walk import walk

_BUILD_FILES = ("*.toml", "*.cfg", "*.in", "*.py", "*.txt")
"""Files beside a pyproject.toml that tell the build which other files to read."""

_ABOVE = re.compile(rb"(?:\.\./)+[\w.-]+(?:/[\w.-]+)*")


class DirectoryState(msgspec.Struct, frozen=True, kw_only=True):
    """What a wheel that is built from a directory depends on."""

    digest: str
    """SHA-256 of the directory's files, of the state of its repository, and of the files above it
    that the build may read."""
    top: Path | None
    """Working tree of the Git repository that it is in, which Git can read."""
    dirty: bool = False
    """Whether tracked files of the repository differ from HEAD."""
    remedy: str = "put it into a Git repository with a tag, or write its version in pyproject.toml"
    """What to do so that tags name its version."""


def directory_state(member: Path, project: Path, repositories: Repositories) -> DirectoryState:
    """Return the state of the directory ``member``, on which ``project`` depends.

    In a repository that is the state of the whole repository: which files a build reads is not
    known before it ran, and Git tells quickly whether anything changed.

    :raises UserError: there is no such directory.
    :raises ExternalError: Git is missing or failed.
    """
    if not member.is_dir():
        raise UserError(
            f"could not build `{member.name}`: there is no directory `{member}`",
            hint="the lock names it as a path dependency: lock again, or put it there",
        )
    top = find_repository(member)
    said = _refusal(top) if top else None
    if top is None or said:
        return _without_git(member, project, said)
    whole = repositories.state(top)
    where = member.relative_to(top).as_posix()
    parts = (where, whole.digest, others_in(top, member), *_above(member, top), *_named(member))
    unshallow = " --unshallow (`fetch-depth: 0` of actions/checkout)" if whole.shallow else "`"
    return DirectoryState(
        digest=digest(("git", *parts)),
        top=top,
        dirty=whole.dirty,
        remedy=f"fetch the tags of its repository `{top}`: `git fetch --tags{unshallow}",
    )


def _refusal(top: Path) -> str | None:
    """Return why Git does not read the repository at ``top``; None if it does."""
    done = Git(top).attempt("rev-parse", "--git-dir")
    return done.stderr.decode("utf-8", "replace").strip() if done.code else None


def _without_git(member: Path, project: Path, said: str | None) -> DirectoryState:
    both = Path(os.path.commonpath((member, project)))
    around = _times(project) if project in member.parents else ()
    parts = (member.name, digest_tree(member), *around, *_above(member, both), *_named(member))
    state = DirectoryState(digest=digest(("directory", *parts)), top=None)
    return msgspec.structs.replace(state, remedy=f"let Git read it: {said}") if said else state


def _times(project: Path) -> Iterator[str]:
    """Yield size and times of the project's files: a build may read any of them by `..`."""
    for path in walk(project):
        facts = (project / path).lstat()
        yield f"{path} {facts.st_size} {facts.st_mtime_ns} {facts.st_ctime_ns}"


def _above(member: Path, last: Path) -> Iterator[str]:
    """Yield the files in the directories above ``member``, up to ``last``.

    Hidden ones change with every command of a shell, and builds read none but `.gitignore`.
    """
    for directory in member.parents if member != last else ():
        for path in _entries(directory):
            hidden = path.name.startswith(".") and path.name != ".gitignore"
            if not hidden and path.is_file():
                yield from (os.path.relpath(path, member), fingerprint(path))
        if directory == last:
            return


def _entries(directory: Path) -> list[Path]:
    try:
        return sorted(directory.iterdir())
    except PermissionError:
        return []


def _named(member: Path) -> Iterator[str]:
    """Yield the files and directories that files of the build name by a path that begins with `..`."""
    files = {path for pattern in _BUILD_FILES for path in member.glob(pattern) if path.is_file()}
    found = {name for path in files for name in _ABOVE.findall(path.read_bytes())}
    for name in sorted(found):
        place = Path(os.path.normpath(member / os.fsdecode(name)))
        if place != member and place not in member.parents:
            yield from (os.fsdecode(name), _content(place))


def _content(place: Path) -> str:
    return digest_tree(place) if place.is_dir() else fingerprint(place)
