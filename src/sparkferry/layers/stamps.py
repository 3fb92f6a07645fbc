"""What a tree looks like to the file system, so that a change of it is noticed without reading files."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

Stamp = tuple[int, int, int, int]
"""Size, modification time, change time and inode; times in nanoseconds.

The kernel sets the change time (``inode(7)``): a program that restores size and modification time cannot
restore it."""

DIRECTORY: Stamp = (0, 0, 0, 0)
"""Stands for every directory: what is in it is stamped itself."""

_BYTECODE = "__pycache__"


def stamps(root: Path) -> dict[str, Stamp]:
    """Return the stamp of everything below ``root``, by name relative to it; links are not followed."""
    return dict(_below(str(root), ""))


def differing(now: Mapping[str, Stamp], known: Mapping[str, Stamp]) -> frozenset[str]:
    """Return the names whose stamp is not that of ``known``: changed, added or removed.

    Bytecode that Python has written beside a known source is left out: Python checks it against the
    source before it is used.
    """
    other = {name for name in now.keys() | known.keys() if now.get(name) != known.get(name)}
    return frozenset(name for name in other if name in known or not _is_bytecode(name, now, known))


def _is_bytecode(name: str, now: Mapping[str, Stamp], known: Mapping[str, Stamp]) -> bool:
    """Return whether ``name`` is a bytecode directory or, after PEP 3147, the bytecode of a source."""
    path = PurePosixPath(name)
    if path.name == _BYTECODE:
        return now[name] == DIRECTORY
    source = path.parent.parent / f"{path.name.partition('.')[0]}.py"
    return path.suffix == ".pyc" and path.parent.name == _BYTECODE and str(source) in known


def _below(directory: str, prefix: str) -> Iterator[tuple[str, Stamp]]:
    with os.scandir(directory) as found:
        entries = list(found)
    for entry in entries:
        name = prefix + entry.name
        if entry.is_dir(follow_symlinks=False):
            yield name, DIRECTORY
            yield from _below(entry.path, f"{name}/")
        else:
            yield name, _stamp(entry.stat(follow_symlinks=False))


def _stamp(found: os.stat_result) -> Stamp:
    return found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino
