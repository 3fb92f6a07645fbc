"""The content of a file that is read piece by piece, as an ELF reader needs it: from anywhere."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import chain
from mmap import ACCESS_READ, mmap
from tempfile import TemporaryFile
from typing import Literal

from sparkferry.base.elf import HEADER, MAGIC, Elf, read_elf

FoundElf = Elf | Literal["damaged"] | None
"""What a file says as an ELF file; ``damaged`` if it begins like one of 64 bits and cannot be read as
one; None for any other file."""

_IN_MEMORY = 4 << 20
"""Bytes of the largest file that is held in memory; a larger one is put on the disk."""


def read_pieces(pieces: Iterable[bytes], size: int) -> FoundElf:
    """Return what the file of ``size`` bytes says; of what is no ELF file the first piece alone is read."""
    if size < HEADER.size:
        return None
    source = iter(pieces)
    first = next(source, b"")
    if not first.startswith(MAGIC):
        return None
    with _whole(chain((first,), source), size) as content:
        try:
            return read_elf(content)
        except ValueError:
            return "damaged"


@contextmanager
def _whole(pieces: Iterable[bytes], size: int) -> Iterator[bytes | mmap]:
    if size <= _IN_MEMORY:
        yield b"".join(pieces)
        return
    with TemporaryFile() as file:
        file.writelines(pieces)
        file.flush()
        with mmap(file.fileno(), 0, access=ACCESS_READ) as content:
            yield content
