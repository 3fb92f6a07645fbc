"""What an ELF file says of itself: what it needs, and how new a glibc it asks for.

Read after the System V ABI (ELF-64, little-endian) and the symbol versioning of the Linux
Standard Base, chapter 10.7: no tool of the machine is asked, so every machine gives one answer.
"""

import struct
from collections.abc import Iterator
from pathlib import Path

import msgspec

from sparkferry.project.model import Platform

MAGIC = b"\x7fELF\x02\x01"
"""ELF, 64 bits, little-endian: the first six bytes."""

PLATFORMS: dict[int, Platform] = {62: "linux/amd64", 183: "linux/arm64"}
"""Platform by ``e_machine`` (EM_X86_64, EM_AARCH64)."""

HEADER = struct.Struct("<16sHHIQQQIHHHHHH")
PROGRAM = struct.Struct("<IIQQQQQQ")
_DYNAMIC = struct.Struct("<qQ")
_VERNEED = struct.Struct("<HHIII")
_VERNAUX = struct.Struct("<IHHII")

PT_LOAD, _PT_DYNAMIC = 1, 2
_DT_NEEDED, _DT_STRTAB, _DT_SONAME, _DT_RPATH, _DT_RUNPATH = 1, 5, 14, 15, 29
_DT_VERNEED, _DT_VERNEEDNUM = 0x6FFFFFFE, 0x6FFFFFFF

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
    glibc: tuple[int, int]
    """Newest version of glibc that it asks for; ``(0, 0)`` where it asks for none."""
    soname: str = ""
    """What others call it when they are linked to it; empty where it says nothing."""


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


def read_elf(data: bytes) -> Elf:
    """Return what the ELF file with the content ``data`` asks for.

    :raises ValueError: it is none, or it is damaged.
    """
    if not data.startswith(MAGIC):
        raise ValueError("not a 64-bit little-endian ELF file")
    try:
        return _Reader(data).read()
    except (struct.error, ValueError) as error:
        raise ValueError("the ELF file is damaged") from error


class _Reader:
    def __init__(self, data: bytes) -> None:
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
            glibc=max(map(_glibc, self._versions()), default=(0, 0)),
            soname=next(iter(self._strings(_DT_SONAME)), ""),
        )

    def _dynamic(self) -> Iterator[tuple[int, int]]:
        for kind, _, offset, _, _, size, _, _ in self.programs:
            if kind == _PT_DYNAMIC:
                yield from _DYNAMIC.iter_unpack(self.data[offset : offset + size])

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
        return self.data[start : self.data.index(b"\0", start)].decode("utf-8", "surrogateescape")

    def _versions(self) -> Iterator[str]:
        place = self._offset(_DT_VERNEED)
        if place is None:
            return
        for _ in range(next(self._values(_DT_VERNEEDNUM), 0)):
            _, count, _, first, following = _VERNEED.unpack_from(self.data, place)
            aux = place + first
            for _ in range(count):
                _, _, _, name, step = _VERNAUX.unpack_from(self.data, aux)
                yield self._string(name)
                aux += step
            place += following


def programs(data: bytes) -> Iterator[tuple[int, ...]]:
    """Yield the program headers: type, flags, offset, address, …, as in :data:`PROGRAM`."""
    offset, size, count = (HEADER.unpack_from(data)[index] for index in (5, 9, 10))
    for index in range(count):
        yield PROGRAM.unpack_from(data, offset + index * size)


def _glibc(version: str) -> tuple[int, int]:
    name, _, number = version.partition("_")
    if name != "GLIBC":
        return (0, 0)
    if number == "ABI_DT_RELR":
        return _RELR
    parts = number.split(".")[:2]
    return (int(parts[0]), int(parts[1])) if all(map(str.isdigit, parts)) else (0, 0)
