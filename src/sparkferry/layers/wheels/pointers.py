"""Git LFS pointers among the files of a built wheel."""

import zipfile
from pathlib import Path

_POINTER = b"version https://git-lfs.github.com/spec/v1\n"
"""First line of a pointer (git-lfs, docs/spec.md)."""

_LARGEST = 1024
"""Bytes that a pointer has at most (git-lfs, docs/spec.md)."""


def find_pointers(wheel: Path) -> tuple[str, ...]:
    """Return the paths of the wheel's files that are Git LFS pointers in place of their content."""
    with zipfile.ZipFile(wheel) as archive:
        return tuple(
            item.filename
            for item in archive.infolist()
            if len(_POINTER) < item.file_size <= _LARGEST
            and archive.read(item).startswith(_POINTER)
        )
