"""What of a directory without git is in the snapshot: all that its `.gitignore` files do not name."""

import codecs
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from sparkferry.errors import UserError
from sparkferry.snapshot.listing import NEVER_UNTRACKED

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

Rules = tuple[tuple[str, "GitIgnoreSpec"], ...]
"""Of each `.gitignore` from the root down to a directory: the directory it is in, and what it says."""


def walk(root: Path) -> tuple[str, ...]:
    """Return the files and symbolic links that are not ignored, relative to ``root``, sorted.

    :raises UserError: a `.gitignore` has an invalid pattern, or an encoding that git does not read.
    """
    return tuple(sorted(_walk(root, "", ())))


def _walk(root: Path, directory: str, rules: Rules) -> Iterator[str]:
    with os.scandir(root / directory) as entries:
        found = [item for item in entries if item.name not in NEVER_UNTRACKED]
    if any(item.name == ".gitignore" and item.is_file() for item in found):
        rules = (*rules, (directory, _read(root / directory / ".gitignore")))
    for item in found:
        path = directory + item.name
        if item.is_dir(follow_symlinks=False):
            if not _ignored(f"{path}/", rules):
                yield from _walk(root, f"{path}/", rules)
        elif (item.is_symlink() or item.is_file()) and not _ignored(path, rules):
            yield path


def _ignored(path: str, rules: Rules) -> bool:
    for directory, spec in reversed(rules):
        said = spec.check_file(_bytewise(os.fsencode(path.removeprefix(directory)))).include
        if said is not None:
            return said
    return False


def _read(file: Path) -> "GitIgnoreSpec":
    data = file.read_bytes()
    if b"\0" in data:
        raise UserError(
            f"could not read `{file}`: it has NUL bytes, as UTF-16 has, and git reads UTF-8 alone",
            hint="save the file as UTF-8",
        )
    lines = data.removeprefix(codecs.BOM_UTF8).split(b"\n")
    try:
        return read_rules([_bytewise(line.removesuffix(b"\r")) for line in lines])
    except ValueError as error:
        raise UserError(f"could not read `{file}`: {error}") from error


def read_rules(lines: list[str]) -> "GitIgnoreSpec":
    """Return the rules of the lines of a `.gitignore`.

    :raises ValueError: a line is not a valid pattern.
    """
    from pathspec import GitIgnoreSpec

    return GitIgnoreSpec.from_lines(lines)


def _bytewise(text: bytes) -> str:
    # A `?` of git's patterns matches a byte and not a character (wildmatch.c). A line break, which
    # no pattern can hold, is a byte like any other, but not to the expressions that pathspec makes.
    return text.decode("latin-1").replace("\n", "\0")
