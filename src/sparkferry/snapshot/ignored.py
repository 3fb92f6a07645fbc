"""Why a file is not in the snapshot: which line ignores it."""

import os
from collections.abc import Iterator
from pathlib import Path

from sparkferry.snapshot.git import Git, find_repository
from sparkferry.snapshot.listing import NEVER_UNTRACKED
from sparkferry.snapshot.walk import read_rules


def why_ignored(root: Path, path: str) -> str | None:
    """Return what ignores ``path`` of the project at ``root``, as `` `.gitignore:3` (`*.local`)``, or None.

    :raises ExternalError: git is missing.
    """
    if inside := [part for part in path.split("/") if part in NEVER_UNTRACKED]:
        return f"sparkferry, as all in `{inside[0]}`"
    return _by_git(Path(os.path.realpath(root)), path) or _by_files(root, path)


def _by_git(root: Path, path: str) -> str | None:
    top = find_repository(root)
    if top is None:
        return None
    inside = os.path.relpath(root / path, top)
    done = Git(top).attempt("check-ignore", "-v", "-z", "--no-index", "--", inside)
    fields = os.fsdecode(done.stdout).split("\0")
    if done.code or len(fields) < 4:
        return None
    file, line, pattern = fields[:3]
    return f"`{os.path.relpath(top / file, root)}:{line}` (`{pattern}`)"


def _by_files(root: Path, path: str) -> str | None:
    parts = path.split("/")
    for depth in range(len(parts) - 1, -1, -1):
        file = root.joinpath(*parts[:depth], ".gitignore")
        for number, pattern in _matching(file, parts[depth:]):
            return f"`{file.relative_to(root).as_posix()}:{number}` (`{pattern}`)"
    return None


def _matching(file: Path, parts: list[str]) -> Iterator[tuple[int, str]]:
    """Yield number and text of the lines of a `.gitignore` that name a file or a directory above it."""
    if not file.is_file():
        return
    above = ["/".join(parts[:length]) + "/" for length in range(1, len(parts))]
    lines = file.read_text("utf-8-sig", "surrogateescape").splitlines()
    for number, line in reversed(list(enumerate(lines, 1))):
        spec = read_rules([line])
        if any(spec.match_file(place) for place in (*above, "/".join(parts))):
            yield number, line.strip()
