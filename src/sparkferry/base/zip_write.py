"""The records of a zip archive, as bytes: the same for the same contents, on any machine.

Every entry has the time 1980-01-01, the mode 0644 or 0755, and a name in UTF-8. Sizes are always in
the local header, never in a data descriptor. The format is PKWARE's APPNOTE 6.3.10; section numbers
here are its own.
"""

import stat
import struct
from typing import Final

import msgspec

STORED: Final = 0
DEFLATED: Final = 8
"""The compression methods (4.4.5) that java.util.zip reads, which unpacks layers on executors."""

MODES: Final = {False: 0o644, True: 0o755}
"""Permissions by whether the file may be executed."""

_LOCAL = struct.Struct("<4s5H3L2H")
"""Local file header (4.3.7)."""

_CENTRAL = struct.Struct("<4s6H3L5H2L")
"""Central directory header (4.3.12)."""

_END = struct.Struct("<4s4H2LH")
"""End of central directory record (4.3.16)."""

_END64 = struct.Struct("<4sQ2H2L4Q")
"""Zip64 end of central directory record (4.3.14)."""

_LOCATOR64 = struct.Struct("<4sLQL")
"""Zip64 end of central directory locator (4.3.15)."""

_UTF8 = 0x800
"""Flag bit 11 (4.4.4): the name is in UTF-8."""

_TIME, _DATE = 0, 1 << 5 | 1
"""1980-01-01 00:00, the earliest that MS-DOS can say (4.4.6)."""

_DEFLATE_VERSION = 20
_ZIP64_VERSION = 45
"""Versions of the format needed to read it (4.4.3)."""

_UNIX = 3 << 8
"""The attributes are a Unix mode (4.4.2)."""

_MAX16 = 0xFFFF
_MAX32 = 0xFFFFFFFF
"""Values that say: look into the Zip64 record (4.4.1.4)."""


class Header(msgspec.Struct, frozen=True):
    """What the archive says of one file."""

    name: bytes
    """Path in UTF-8."""
    method: int
    crc: int
    size: int
    """In bytes, when inflated."""
    compressed: int
    """In bytes, as it stands in the archive."""
    executable: bool


def local_header(header: Header) -> bytes:
    """Return what stands before the file's content."""
    large = header.size >= _MAX32 or header.compressed >= _MAX32
    extra = struct.pack("<2H2Q", 1, 16, header.size, header.compressed) if large else b""
    fixed = _LOCAL.pack(
        b"PK\3\4",
        _ZIP64_VERSION if large else _DEFLATE_VERSION,
        _UTF8,
        header.method,
        _TIME,
        _DATE,
        header.crc,
        _MAX32 if large else header.compressed,
        _MAX32 if large else header.size,
        len(header.name),
        len(extra),
    )
    return fixed + header.name + extra


def central_header(header: Header, offset: int) -> bytes:
    """Return the file's record in the directory; its local header is at ``offset``."""
    values = (header.size, header.compressed, offset)
    large = [value for value in values if value >= _MAX32]
    extra = struct.pack(f"<2H{len(large)}Q", 1, 8 * len(large), *large) if large else b""
    size, compressed, place = (min(value, _MAX32) for value in values)
    version = _ZIP64_VERSION if large else _DEFLATE_VERSION
    fixed = _CENTRAL.pack(
        b"PK\1\2",
        _UNIX | version,
        version,
        _UTF8,
        header.method,
        _TIME,
        _DATE,
        header.crc,
        compressed,
        size,
        len(header.name),
        len(extra),
        0,
        0,
        0,
        (stat.S_IFREG | MODES[header.executable]) << 16,
        place,
    )
    return fixed + header.name + extra


def end_records(count: int, size: int, offset: int) -> bytes:
    """Return what ends an archive whose directory has ``count`` records, ``size`` bytes, at ``offset``."""
    fits = count < _MAX16 and size < _MAX32 and offset < _MAX32
    shown = min(count, _MAX16)
    end = _END.pack(b"PK\5\6", 0, 0, shown, shown, min(size, _MAX32), min(offset, _MAX32), 0)
    return end if fits else _end_records64(count, size, offset) + end


def _end_records64(count: int, size: int, offset: int) -> bytes:
    version = _ZIP64_VERSION
    length = _END64.size - 12
    record = _END64.pack(
        b"PK\6\6", length, _UNIX | version, version, 0, 0, count, count, size, offset
    )
    return record + _LOCATOR64.pack(b"PK\6\7", 0, offset + size, 1)
