"""The programs and shared libraries of wheels: read once for each wheel, and remembered."""

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import msgspec

from sparkferry.base.cache import Cache
from sparkferry.layers.libraries.content import read_pieces
from sparkferry.layers.libraries.model import Binary, PackageLibraries
from sparkferry.layers.model import Wheel
from sparkferry.layers.packages.wheel_archive import open_wheel
from sparkferry.progress import QUIET, Progress

_FORMAT = 1
"""Raised whenever the same wheel gives other values."""

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
) -> tuple[PackageLibraries, ...]:
    """Return the programs and shared libraries of each wheel, by their paths in the layer.

    :raises WheelError: a wheel is not a valid archive.
    """
    known = {wheel: cache.recall(_key(wheel), _Found) for wheel in wheels}
    found = {
        **known,
        **dict(_read_all([x for x, memo in known.items() if memo is None], cache, progress)),
    }
    return tuple(
        PackageLibraries(
            package=wheel.name,
            version=wheel.version,
            binaries=memo.binaries,
            damaged=memo.damaged,
        )
        for wheel, memo in found.items()
        if memo
    )


def _key(wheel: Wheel) -> str:
    return f"wheel libraries {_FORMAT} {wheel.sha256} {wheel.filename}"


def _read_all(
    wheels: Sequence[Wheel], cache: Cache, progress: Progress
) -> Iterator[tuple[Wheel, _Found]]:
    """Read wheels side by side, and remember what is in them."""
    if not wheels:
        return
    sizes = {wheel.path: wheel.path.stat().st_size for wheel in wheels}
    with progress.task("read shared libraries", sum(sizes.values())) as task:

        def read(wheel: Wheel) -> _Found:
            found = cache.memo(_key(wheel), _Found, lambda: _read(wheel))
            task.advance(sizes[wheel.path])
            return found

        with ThreadPoolExecutor(os.cpu_count(), "libraries") as pool:
            yield from zip(wheels, pool.map(read, wheels), strict=True)


def _read(wheel: Wheel) -> _Found:
    binaries, damaged = list[Binary](), list[str]()
    with open_wheel(wheel.path) as archive:
        for member in archive.members.values():
            if member.name.endswith(_TEXTS):
                continue
            elf = read_pieces(archive.pieces(member), member.size)
            if elf == "damaged":
                damaged.append(archive.place(member.name))
            elif elf and elf.loadable:
                binaries.append(Binary(path=archive.place(member.name), elf=elf))
    return _Found(binaries=tuple(binaries), damaged=tuple(damaged))
