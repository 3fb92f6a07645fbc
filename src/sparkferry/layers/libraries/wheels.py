"""The programs and shared libraries of wheels: read once for each wheel, and remembered."""

import mmap
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from tempfile import TemporaryFile

import msgspec

from sparkferry.layers.cache import Cache
from sparkferry.layers.interpreter.elf import MAGIC, read_elf
from sparkferry.layers.libraries.model import Binary, Shipped
from sparkferry.layers.model import Wheel
from sparkferry.layers.packages.wheel_archive import WheelArchive, open_wheel
from sparkferry.layers.packages.zip_read import Member
from sparkferry.progress import QUIET, Progress

_FORMAT = 1
"""Raised whenever the same wheel gives other values."""

_IN_MEMORY = 32 << 20
"""Bytes of the largest file that is held in memory; a larger one is put on the disk."""

_SMALLEST = 64
"""Bytes of an ELF header."""

_TEXTS = (
    ".py",
    ".pyi",
    ".pyc",
    ".txt",
    ".json",
    ".h",
    ".hpp",
    ".pxd",
    ".pyx",
    ".md",
    ".csv",
    ".js",
)
"""Ends of the names of most files, which are not opened."""


class _Found(msgspec.Struct, frozen=True, kw_only=True):
    """A memo: what is in one wheel."""

    binaries: tuple[Binary, ...]
    damaged: tuple[str, ...]


def read_wheels(
    wheels: Sequence[Wheel], cache: Cache, progress: Progress = QUIET
) -> tuple[Shipped, ...]:
    """Return the programs and shared libraries of each wheel, by their paths in the layer.

    :raises WheelError: a wheel is not a valid archive.
    """
    sizes = {wheel.path: wheel.path.stat().st_size for wheel in wheels}
    with progress.task("read shared libraries", sum(sizes.values())) as task:

        def read(wheel: Wheel) -> Shipped:
            key = f"wheel libraries {_FORMAT} {wheel.sha256} {wheel.filename}"
            found = cache.memo(key, _Found, lambda: _read(wheel, cache))
            task.advance(sizes[wheel.path])
            return Shipped(
                package=wheel.name,
                version=wheel.version,
                binaries=found.binaries,
                damaged=found.damaged,
            )

        with ThreadPoolExecutor(os.cpu_count(), "libraries") as pool:
            return tuple(pool.map(read, wheels))


def _read(wheel: Wheel, cache: Cache) -> _Found:
    binaries, damaged = list[Binary](), list[str]()
    with open_wheel(wheel.path) as archive:
        for member in archive.members.values():
            if member.size < _SMALLEST or member.name.endswith(_TEXTS):
                continue
            with _content(archive, member, cache) as content:
                _add(archive.place(member.name), content, binaries, damaged)
    return _Found(binaries=tuple(binaries), damaged=tuple(damaged))


def _add(
    path: str, content: bytes | mmap.mmap | None, binaries: list[Binary], damaged: list[str]
) -> None:
    if content is None:
        return
    try:
        elf = read_elf(content)
    except ValueError:
        damaged.append(path)
        return
    if elf.loadable:
        binaries.append(Binary(path=path, elf=elf))


@contextmanager
def _content(
    archive: WheelArchive, member: Member, cache: Cache
) -> Iterator[bytes | mmap.mmap | None]:
    """Yield the content of an ELF file; None for any other, of which only the beginning is read."""
    pieces = archive.pieces(member)
    first = next(pieces, b"")
    if not first.startswith(MAGIC):
        yield None
    elif member.size <= _IN_MEMORY:
        yield b"".join((first, *pieces))
    else:
        with cache.scratch() as directory, TemporaryFile(dir=directory) as file:
            file.write(first)
            file.writelines(pieces)
            file.flush()
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
                yield mapped
