"""What an ELF file says of itself: which libraries it needs, and which versions of their symbols.

Read after the System V ABI (ELF-64, little-endian) and the symbol versioning of the Linux
Standard Base, chapter 10.7: no tool of the machine is asked, so every machine gives one answer.
Counts and offsets of a hostile file are bounded by the file's size.
"""

import struct
from collections.abc import Iterator
from mmap import mmap
from pathlib import Path

import msgspec

from sparkferry.base.platforms import Platform

MAGIC = b"\x7fELF\x02\x01"
"""ELF, 64 bits, little-endian: the first six bytes."""

PLATFORMS: dict[int, Platform] = {62: "linux/amd64", 183: "linux/arm64"}
"""Platform by ``e_machine`` (EM_X86_64, EM_AARCH64)."""

HEADER = struct.Struct("<16sHHIQQQIHHHHHH")
PROGRAM = struct.Struct("<IIQQQQQQ")
_DYNAMIC = struct.Struct("<qQ")
_VERNEED = struct.Struct("<HHIII")
_VERNAUX = struct.Struct("<IHHII")
_VERDEF = struct.Struct("<HHHHIII")
_VERDAUX = struct.Struct("<II")

PT_LOAD, _PT_DYNAMIC = 1, 2
_LOADABLE = frozenset({2, 3})
"""Values of ``e_type`` (ET_EXEC, ET_DYN) of what a loader loads: no object files, no core dumps."""

_DT_NULL, _DT_NEEDED, _DT_STRTAB, _DT_SONAME, _DT_RPATH, _DT_RUNPATH = 0, 1, 5, 14, 15, 29
_DT_VERDEF, _DT_VERDEFNUM = 0x6FFFFFFC, 0x6FFFFFFD
_DT_VERNEED, _DT_VERNEEDNUM = 0x6FFFFFFE, 0x6FFFFFFF
_VER_FLG_BASE = 1
"""Flag of the definition that names the file itself instead of a version."""

_LONGEST = 4096
"""Bytes of a name: PATH_MAX of Linux."""
_MOST = 4096
"""Entries of a list of versions: no library has as many."""

_RELR = (2, 36)
"""The glibc that introduced ``GLIBC_ABI_DT_RELR``, a version without a number."""


class Elf(msgspec.Struct, frozen=True, kw_only=True):
    """The dynamic section of one executable or shared library."""

    platform: Platform | None
    """None for an architecture that sparkferry does not know."""
    needed: tuple[str, ...]
    """Names of the shared libraries that it is linked to."""
    search: tuple[str, ...]
    """Its own search path for them, from RPATH and RUNPATH, with ``$ORIGIN`` as written."""
    versions: dict[str, tuple[str, ...]] = {}
    """Versions of symbols that it asks for, such as ``GLIBC_2.34``, by the library that has them."""
    defines: tuple[str, ...] = ()
    """Versions of symbols that it has itself."""
    soname: str = ""
    """What others call it when they are linked to it; empty where it says nothing."""
    loadable: bool = True
    """Whether it is a program or a shared library; false for object files and core dumps."""

    @property
    def glibc(self) -> tuple[int, int]:
        """Newest version of glibc that it asks for; ``(0, 0)`` where it asks for none."""
        asked = (name for names in self.versions.values() for name in names)
        return max(map(glibc_version, asked), default=(0, 0))


def read_platform(path: Path) -> Platform | None:
    """Return the platform that an ELF file is for; None for any other file."""
    try:
        with path.open("rb") as stream:
            return platform_of(stream.read(HEADER.size))
    except OSError:
        return None


def platform_of(header: bytes) -> Platform | None:
    """Return the platform that a file is for, by its first bytes; None unless it is an ELF file."""
    if len(header) < HEADER.size or not header.startswith(MAGIC):
        return None
    return PLATFORMS.get(HEADER.unpack_from(header)[2])


def read_elf(data: bytes | mmap) -> Elf:
    """Return what the ELF file with the content ``data`` asks for.

    :raises ValueError: it is none, or it is damaged.
    """
    if data[: len(MAGIC)] != MAGIC:
        raise ValueError("not a 64-bit little-endian ELF file")
    try:
        return _Reader(data).read()
    except (struct.error, ValueError, OverflowError) as error:
        raise ValueError("the ELF file is damaged") from error


class _Reader:
    def __init__(self, data: bytes | mmap) -> None:
        self.data = data
        self.header = HEADER.unpack_from(data)
        self.programs = tuple(programs(data))
        self.dynamic = tuple(self._dynamic())

    def read(self) -> Elf:
        paths = self._strings(_DT_RPATH) + self._strings(_DT_RUNPATH)
        return Elf(
            platform=PLATFORMS.get(self.header[2]),
            needed=self._strings(_DT_NEEDED),
            search=tuple(part for path in paths for part in path.split(":") if part),
            versions=dict(self._needed_versions()),
            defines=tuple(self._defined_versions()),
            soname=next(iter(self._strings(_DT_SONAME)), ""),
            loadable=self.header[1] in _LOADABLE,
        )

    def _dynamic(self) -> Iterator[tuple[int, int]]:
        for kind, _, offset, _, _, size, _, _ in self.programs:
            if kind == _PT_DYNAMIC:
                for tag, value in _DYNAMIC.iter_unpack(self.data[offset : offset + size]):
                    if tag == _DT_NULL:
                        break
                    yield tag, value

    def _values(self, tag: int) -> Iterator[int]:
        return (value for found, value in self.dynamic if found == tag)

    def _offset(self, tag: int) -> int | None:
        for address in self._values(tag):
            for kind, _, offset, start, _, size, _, _ in self.programs:
                if kind == PT_LOAD and start <= address < start + size:
                    return int(offset + address - start)
        return None

    def _strings(self, tag: int) -> tuple[str, ...]:
        return tuple(self._string(value) for value in self._values(tag))

    def _string(self, index: int) -> str:
        table = self._offset(_DT_STRTAB)
        if table is None:
            return ""
        start = table + index
        end = self.data.find(b"\0", start, start + _LONGEST)
        if end < 0:
            raise ValueError("a name does not end")
        return self.data[start:end].decode("utf-8", "surrogateescape")

    def _needed_versions(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        for place in self._chain(_DT_VERNEED, _DT_VERNEEDNUM, _VERNEED):
            _, count, library, first, _ = _VERNEED.unpack_from(self.data, place)
            yield self._string(library), tuple(self._auxiliary(place + first, count))

    def _auxiliary(self, place: int, count: int) -> Iterator[str]:
        for _ in range(min(count, _MOST)):
            _, _, _, name, step = _VERNAUX.unpack_from(self.data, place)
            yield self._string(name)
            if not step:
                return
            place += step

    def _defined_versions(self) -> Iterator[str]:
        for place in self._chain(_DT_VERDEF, _DT_VERDEFNUM, _VERDEF):
            _, flags, _, _, _, first, _ = _VERDEF.unpack_from(self.data, place)
            if not flags & _VER_FLG_BASE:
                yield self._string(_VERDAUX.unpack_from(self.data, place + first)[0])

    def _chain(self, start: int, count: int, entry: struct.Struct) -> Iterator[int]:
        """Yield the offset of each entry of a list, whose last field is the way to the next one."""
        place = self._offset(start)
        for _ in range(min(next(self._values(count), 0), _MOST)):
            if place is None:
                return
            yield place
            step = entry.unpack_from(self.data, place)[-1]
            place = place + step if step else None


def programs(data: bytes | mmap) -> Iterator[tuple[int, ...]]:
    """Yield the program headers: type, flags, offset, address, …, as in :data:`PROGRAM`."""
    offset, size, count = (HEADER.unpack_from(data)[index] for index in (5, 9, 10))
    for index in range(count):
        yield PROGRAM.unpack_from(data, offset + index * size)


def glibc_version(version: str) -> tuple[int, int]:
    """Return the version of glibc that a version of its symbols names; ``(0, 0)`` for any other."""
    name, _, number = version.partition("_")
    if name != "GLIBC":
        return (0, 0)
    if number == "ABI_DT_RELR":
        return _RELR
    parts = number.split(".")[:2]
    return (int(parts[0]), int(parts[1])) if all(map(str.isdigit, parts)) else (0, 0)
