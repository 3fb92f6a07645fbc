"""``/etc/ld.so.cache``: where the dynamic loader finds shared libraries, as ldconfig writes it.

The format is that of glibc's ``sysdeps/generic/dl-cache.h`` (``glibc-ld.so.cache1.1``). The
loader finds what is in its default directories without it; what packages add in
``/etc/ld.so.conf.d`` it finds only here, and Python's ctypes asks ``ldconfig -p``, which reads it.
"""

import re
import struct
from collections.abc import Iterable, Iterator

import msgspec

from sparkferry.image.debian.configure.unpacked import Unpacked, lines
from sparkferry.image.debian.model import Architecture
from sparkferry.image.debian.paths import merged
from sparkferry.image.entry import Entry

_MAGIC = b"glibc-ld.so.cache1.1"
_HEADER = struct.Struct("<20sIIB3xI12x")
"""Magic and version, number of libraries, bytes of strings, flags, offset of extensions."""

_ROW = struct.Struct("<iIIIQ")
"""Flags, offsets of name and path, a word that is not used, hardware capabilities."""

_LITTLE_ENDIAN = 2
_FLAGS: dict[Architecture, int] = {"amd64": 0x0303, "arm64": 0x0A03}
"""``FLAG_ELF_LIBC6`` with ``FLAG_X8664_LIB64`` or ``FLAG_AARCH64_LIB64``."""

_SYSTEM = ("/lib", "/usr/lib")
"""Debian's default directories, after those that are configured."""

_PART = re.compile(r"\d+|\D")


class Library(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the cache."""

    name: str
    path: str
    """Absolute."""
    flags: int


def ld_so_cache(unpacked: Unpacked) -> Iterator[Entry]:
    """Yield the cache of the libraries of the packages, and of those that the base's cache names."""
    if any(contents.libraries for contents in unpacked.packages.values()):
        found = tuple(_libraries(unpacked))
        yield Entry(path="etc/ld.so.cache", content=write_cache(found))


def search_path(unpacked: Unpacked) -> tuple[str, ...]:
    """Return the directories that ldconfig looks at, in its order."""
    found = list(_configured(unpacked, "etc/ld.so.conf"))
    return tuple(dict.fromkeys((*found, *_SYSTEM)))


def write_cache(libraries: Iterable[Library]) -> bytes:
    """Return the content of a cache; of several libraries of one name the first given comes first."""
    # The loader searches by halves and expects the names in descending order.
    ordered = sorted(libraries, key=lambda item: (name_key(item.name), item.flags), reverse=True)
    start = _HEADER.size + len(ordered) * _ROW.size
    strings = bytearray()
    packed = bytearray()
    for item in ordered:
        path = start + len(strings)
        name = path + len(item.path.encode()) - len(item.name.encode())
        strings += item.path.encode() + b"\0"
        packed += _ROW.pack(item.flags, name, path, 0, 0)
    head = _HEADER.pack(_MAGIC, len(ordered), len(strings), _LITTLE_ENDIAN, 0)
    return bytes(head + packed + strings)


def read_cache(data: bytes) -> Iterator[Library]:
    """Yield the rows of a cache, without those for special hardware, which have general ones beside.

    One that is not of this format has none: the loader finds default directories without it.
    """
    if len(data) < _HEADER.size or not data.startswith(_MAGIC):
        return
    _, count, _, _, _ = _HEADER.unpack_from(data)
    for number in range(count):
        flags, name, path, _, hardware = _ROW.unpack_from(data, _HEADER.size + number * _ROW.size)
        if not hardware:
            yield Library(name=_string(data, name), path=_string(data, path), flags=flags)


def name_key(name: str) -> tuple[tuple[int, int], ...]:
    """Return the key of ``_dl_cache_libcmp``: runs of digits count as numbers, above all letters."""
    parts = _PART.findall(name)
    return tuple((1, int(part)) if part.isdigit() else (0, ord(part)) for part in parts)


def _libraries(unpacked: Unpacked) -> Iterator[Library]:
    """Yield each library by directory; one that is in the base and in a package counts once."""
    path = search_path(unpacked)
    ours = list(_of_packages(unpacked, path))
    known = {item.path for item in ours}
    base = [
        item
        for item in read_cache(unpacked.base.get("etc/ld.so.cache", b""))
        if item.path not in known
    ]
    order = {directory: number for number, directory in enumerate(path)}
    yield from sorted(
        [*ours, *base], key=lambda item: order.get(item.path.rpartition("/")[0], len(order))
    )


def _of_packages(unpacked: Unpacked, path: tuple[str, ...]) -> Iterator[Library]:
    places = _by_directory(unpacked)
    seen = set()
    for directory in path:
        place = merged(directory.strip("/"), directory=True)
        if place not in seen:
            seen.add(place)
            for name in sorted(places.get(place, ())):
                flags = _FLAGS[unpacked.architecture]
                yield Library(name=name, path=f"{directory}/{name}", flags=flags)


def _by_directory(unpacked: Unpacked) -> dict[str, set[str]]:
    """Return the names of libraries by the directory that they are in, which the loader opens."""
    found: dict[str, set[str]] = {}
    for contents in unpacked.packages.values():
        for path, soname in contents.libraries.items():
            directory, _, file = path.rpartition("/")
            named = soname if unpacked.has(f"{directory}/{soname}") else file
            found.setdefault(directory, set()).add(named)
    return found


def _configured(unpacked: Unpacked, path: str) -> Iterator[str]:
    """Yield the directories that a file of ld.so.conf names, with what it includes (ldconfig(8))."""
    for line in lines(unpacked.file(path)):
        words = line.partition("#")[0].split()
        if words[:1] == ["include"]:
            for pattern in words[1:]:
                for found in _matching(unpacked, pattern.lstrip("/")):
                    yield from _configured(unpacked, found)
        elif words and words[0].startswith("/"):
            yield words[0].rstrip("/")


def _matching(unpacked: Unpacked, pattern: str) -> list[str]:
    from fnmatch import fnmatchcase

    below = unpacked.below(f"{pattern.rpartition('/')[0]}/")
    return [path for path in below if fnmatchcase(path, pattern)]


def _string(data: bytes, start: int) -> str:
    return data[start : data.index(b"\0", start)].decode("utf-8", "surrogateescape")
