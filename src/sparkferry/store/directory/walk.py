"""Listing a directory store: the entries of a directory tree in the order of their keys."""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from sparkferry.store.api import Entry
from sparkferry.store.keys import key_problem

ABSENT = (FileNotFoundError, NotADirectoryError)
"""What the operating system says of a name that is not there."""


def entries(root: Path, prefix: str) -> Iterator[Entry]:
    """Yield the objects below ``root`` whose key begins with ``prefix``, sorted by key.

    :raises OSError: a directory cannot be read.
    """
    folder, slash, start = prefix.rpartition("/")
    if not folder and slash:
        return
    if folder and key_problem(folder):
        return
    yield from _below(root, folder + slash, start)


def entry(root: Path, key: str) -> Entry | None:
    """Return the entry of ``key``, or None where it is absent.

    Its time is when the object came here: a linked file keeps its modification time, not this one.
    """
    with suppress(*ABSENT):
        found = (root / key).stat()
        return Entry(key, found.st_size, found.st_ctime)
    return None


def _below(root: Path, folder: str, start: str) -> Iterator[Entry]:
    for name in sorted(_names(root / folder)):
        key = folder + name
        if not name.startswith(start) or key_problem(key.rstrip("/")):
            continue
        if name.endswith("/"):
            yield from _below(root, key, "")
        elif found := entry(root, key):
            yield found


def _names(folder: Path) -> list[str]:
    """Return what ``folder`` holds; directories with a slash, so that they sort as their keys do."""
    with suppress(*ABSENT), os.scandir(folder) as found:
        return [item.name + "/" * item.is_dir() for item in found]
    return []
