"""Private copies of local directories, with everything around them that a build may read.

A build in place would be simplest and is what uv does, but it leaves `build/`, `*.egg-info` and
version files in the user's tree, two of them at once disturb each other, and a tree that cannot be
written cannot be built. So the build runs in a copy that looks the same from inside:

- The whole repository is copied, since backends ask Git for tags, branch and changes, follow
  `../README.md`, and look for `.gitignore` in all directories above. Git's own directory is made
  anew: references, index and settings are copied, objects are borrowed from the user's repository.
  So ``git describe --dirty`` and ``git status`` say what they say in place, and so do versions.
- What Git does not track is copied inside of the directory that is built; elsewhere in the
  repository it is linked, and so is everything beside and above the repository: a path that leads
  there by `..` leads to the same files.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from fnmatch import fnmatch
from pathlib import Path

from sparkferry.layers.wheels.fingerprint import LARGE, NOT_SOURCE
from sparkferry.snapshot.git import Git
from sparkferry.snapshot.listing import Presence

_OWN_FILES = (
    "config",
    "config.worktree",
    "index",
    "shallow",
    "info/exclude",
    "info/attributes",
    "info/sparse-checkout",
)
"""Files of Git's directory that are copied (gitrepository-layout)."""

_OWN_SETTINGS = ("core.worktree", "core.bare", "core.fsmonitor", "extensions.refStorage")
"""Settings that are not true for the copy, which has its references in files, and no monitor."""

_NOT_COPIED_REFS = ("refs/stash", "refs/sparkferry/")

_SUBMODULE = "160000"


def copy_with_surroundings(member: Path, top: Path | None, to: Path) -> Path:
    """Copy ``member``, and the repository ``top`` that it is in, below ``to``; return the copy.

    The path below ``to`` is the same as that of the original.

    :raises ExternalError: Git is missing or failed.
    :raises OSError: a file cannot be read.
    """
    whole = top or member
    copy = to / whole.relative_to("/")
    _link_above(whole, to)
    if top is None:
        _copy(member, copy)
    else:
        _copy_repository(top, member, copy)
    return to / member.relative_to("/")


def end_of_searches(directory: Path) -> None:
    """Make ``directory`` the place where tools that search all directories above stop.

    Else a build would read what lies above the cache: hatchling looks for `.gitignore` as far as
    there is a `.git`, which may be empty to it and is then nothing to Git; uv looks for a workspace.
    """
    (directory / ".git").mkdir()
    (directory / "pyproject.toml").write_text("[tool.uv.workspace]\nmembers = []\n")


def _link_above(whole: Path, to: Path) -> None:
    """Make the directories above ``whole``, and links to everything else that is in them."""
    way = {whole, *whole.parents}
    for directory in reversed(whole.parents):
        place = to / directory.relative_to("/")
        place.mkdir(exist_ok=True)
        with suppress(OSError), os.scandir(directory) as entries:
            for entry in entries:
                if Path(entry.path) not in way and entry.name != ".git":
                    (place / entry.name).symlink_to(entry.path)


def _copy_repository(top: Path, member: Path, to: Path) -> None:
    to.mkdir()
    git = Git(top)
    _copy_git_directory(git, to)
    there = Presence(top)
    for mode, path in sorted(set(_tracked(git))):
        if mode == _SUBMODULE:
            if (top / path / ".git").exists():
                (to / path).parent.mkdir(parents=True, exist_ok=True)
                _copy_repository(top / path, member, to / path)
        elif there.exists(path):
            _copy_file(top / path, to / path)
    for path in _split(git.ask("ls-files", "-z", "--others", "--directory")):
        if not (member in (top / path).parents and _is_left_by_tool(top / path)):
            _place(top / path, to / path, member)
    # The copy's files have other inode numbers and times: without this, commands that do not look
    # themselves (git diff-index) would count all files as changed.
    Git(to).attempt("update-index", "-q", "--refresh")


def _tracked(git: Git) -> Iterator[tuple[str, str]]:
    for record in _split(git.ask("ls-files", "-z", "--stage")):
        facts, _, path = record.partition("\t")
        yield facts.split(" ")[0], path


def _copy_git_directory(git: Git, to: Path) -> None:
    kind = git.line("rev-parse", "--show-object-format")
    init = ("init", "--quiet", "--template=", f"--object-format={kind}")
    Git(to).ask("-c", "init.defaultRefFormat=files", *init)
    own = to / ".git"
    for name in _OWN_FILES:
        with suppress(FileNotFoundError):
            (own / name).parent.mkdir(exist_ok=True)
            shutil.copy2(_inside(git, name), own / name)
    for shared in _inside(git, "index").parent.glob("sharedindex.*"):
        shutil.copy2(shared, own / shared.name)
    for file in ("config", "config.worktree"):
        for name in _OWN_SETTINGS if (own / file).exists() else ():
            # Elsewhere: git fails in a repository whose `core.worktree` is not there.
            Git(Path("/")).attempt("config", "--file", str(own / file), "--unset-all", name)
    alternates = own / "objects/info/alternates"
    alternates.parent.mkdir(exist_ok=True)
    alternates.write_bytes(os.fsencode(_inside(git, "objects")) + b"\n")
    (own / "packed-refs").write_bytes(_references(git))
    (own / "HEAD").write_bytes(_head(git))


def _inside(git: Git, name: str) -> Path:
    """Return a file of Git's directory; linked worktrees share some with their repository."""
    return git.top / git.line("rev-parse", "--git-path", name)


def _references(git: Git) -> bytes:
    said = git.ask("for-each-ref", "--format=%(objectname) %(refname)").splitlines(keepends=True)
    out = tuple(os.fsencode(name) for name in _NOT_COPIED_REFS)
    return b"".join(line for line in said if not line.split(b" ", 1)[1].startswith(out))


def _head(git: Git) -> bytes:
    branch = git.attempt("symbolic-ref", "--quiet", "HEAD")
    return git.ask("rev-parse", "HEAD") if branch.code else b"ref: " + branch.stdout


def _place(source: Path, to: Path, member: Path) -> None:
    """Put what Git does not track into the copy: whole inside of the member, else as links."""
    if source == member or member in source.parents:
        _copy(source, to)
    elif source.is_symlink() or not source.is_dir():
        _link(source, to)
    else:
        to.mkdir(parents=True, exist_ok=True)
        for item in source.iterdir():
            if item == member or item in member.parents:
                _place(item, to / item.name, member)
            else:
                (to / item.name).symlink_to(item)


def _is_left_by_tool(path: Path) -> bool:
    return any(fnmatch(path.name, name) for name in NOT_SOURCE)


def _copy(source: Path, to: Path) -> None:
    """Copy a file, or a directory and all below it that may be source."""
    if source.is_symlink():
        _copy_file(source, to)
    elif source.is_dir():
        to.mkdir(parents=True, exist_ok=True)
        for item in source.iterdir():
            # The cache may lie in the directory, and the copy in the cache.
            if not _is_left_by_tool(item) and item not in to.parents:
                _copy(item, to / item.name)
    elif source.is_file():
        (_link if source.stat().st_size >= LARGE else _copy_file)(source, to)


def _copy_file(source: Path, to: Path) -> None:
    to.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(source, to, follow_symlinks=False)


def _link(source: Path, to: Path) -> None:
    to.parent.mkdir(parents=True, exist_ok=True)
    to.symlink_to(source)


def _split(said: bytes) -> list[str]:
    return [os.fsdecode(record) for record in said.split(b"\0") if record]
