"""Files: digests, and writes that are there whole or not at all."""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

CHUNK = 1 << 20
"""Bytes that are read at a time, so that memory does not grow with the file."""


def sha256_file(path: Path) -> str:
    """Return the SHA-256 of the file's content, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def sha256_bytes(data: bytes) -> str:
    """Return the SHA-256 of ``data``, in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


@contextmanager
def temporary_sibling(path: Path) -> Iterator[Path]:
    """Yield an unused path beside ``path``; what is left there afterwards is removed.

    The caller renames it to ``path`` when it is complete.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    holder = Path(tempfile.mkdtemp(prefix=".tmp-", dir=path.parent))
    try:
        yield holder / path.name
    finally:
        shutil.rmtree(holder, ignore_errors=True)


@contextmanager
def replacing(path: Path) -> Iterator[IO[bytes]]:
    """Open a file for writing that takes the place of ``path`` when the block ends without error."""
    with temporary_sibling(path) as temporary:
        with temporary.open("wb") as stream:
            yield stream
        temporary.replace(path)


def create(path: Path, data: bytes) -> bool:
    """Write ``data`` to ``path`` unless something is there; return whether it was written.

    Atomic: of two concurrent writers exactly one gets True, and readers see all bytes or none.
    """
    with temporary_sibling(path) as temporary:
        temporary.write_bytes(data)
        return link(temporary, path)


def link(source: Path, path: Path) -> bool:
    """Give the complete file ``source`` the second name ``path`` unless it is taken; return whether.

    :raises OSError: hard links are not possible between the two (``errno.EXDEV``).
    """
    try:
        os.link(source, path)
    except FileExistsError:
        return False
    return True
