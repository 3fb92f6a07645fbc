"""Headers of tar archives, as bytes: the same for the same entry, on any machine.

POSIX.1-2001 ustar, with a pax extended header where a value has no room in ustar. Owners are numbers
without names, every time is 1980-01-01.
"""

from collections.abc import Iterator

from sparkferry.errors import UserError
from sparkferry.image.entry import Entry, Kind
from sparkferry.layers.interpreter.tarball import TIME

BLOCK = 512
"""Bytes of a header; contents are filled up with zeros to a multiple of it."""

END = bytes(2 * BLOCK)
"""What ends an archive."""

_TYPES: dict[Kind, bytes] = {"file": b"0", "hardlink": b"1", "symlink": b"2", "directory": b"5"}
_PAX = b"x"
_NAME_SIZE = 100
"""Bytes that a header has for a name, and for where a link leads."""

_LINK_MODE = 0o777
"""Of every symbolic link, as Linux has it."""

_MAX_ID = 0o7777777
_MAX_SIZE = 0o77777777777
"""The largest owner and size that a header can hold in its octal digits."""


def header(entry: Entry, size: int = 0) -> bytes:
    """Return what stands before the content of ``entry``, which has ``size`` bytes.

    :raises UserError: a name is not valid Unicode.
    """
    name = _encoded(entry.path + "/" * (entry.kind == "directory"))
    target = _encoded(entry.target)
    records = dict(_records(entry, name, target, size))
    extended = _extended(records) if records else b""
    ustar = _ustar(
        name[:_NAME_SIZE],
        _TYPES[entry.kind],
        (_LINK_MODE if entry.kind == "symlink" else entry.mode, entry.uid, entry.gid, size),
        target[:_NAME_SIZE],
    )
    return extended + ustar


def padding(size: int) -> bytes:
    """Return the zeros that follow a content of ``size`` bytes."""
    return bytes(-size % BLOCK)


def _encoded(name: str) -> bytes:
    try:
        return name.encode()
    except UnicodeEncodeError as error:
        raise UserError(
            f"could not write {name!r} into a layer: the name is not valid Unicode",
            hint="rename the file",
        ) from error


def _records(entry: Entry, name: bytes, target: bytes, size: int) -> Iterator[tuple[str, bytes]]:
    """Yield what a ustar header has no room for, by pax keyword, in alphabetical order."""
    if entry.gid > _MAX_ID:
        yield "gid", b"%d" % entry.gid
    if len(target) > _NAME_SIZE or not target.isascii():
        yield "linkpath", target
    if len(name) > _NAME_SIZE or not name.isascii():
        yield "path", name
    if size > _MAX_SIZE:
        yield "size", b"%d" % size
    if entry.uid > _MAX_ID:
        yield "uid", b"%d" % entry.uid


def _extended(records: dict[str, bytes]) -> bytes:
    body = b"".join(_record(key.encode(), value) for key, value in records.items())
    return _ustar(b"PaxHeader", _PAX, (0o644, 0, 0, len(body)), b"") + body + padding(len(body))


def _record(key: bytes, value: bytes) -> bytes:
    """Return the length, which counts itself, the key and the value, and a line feed."""
    rest = len(key) + len(value) + 3
    length = rest + len(str(rest))
    length = rest + len(str(length))
    return b"%d %s=%s\n" % (length, key, value)


def _ustar(name: bytes, kind: bytes, numbers: tuple[int, int, int, int], target: bytes) -> bytes:
    mode, uid, gid, size = numbers
    before = b"%-100b%07o\0%07o\0%07o\0%011o\0%011o\0" % (
        name.ljust(_NAME_SIZE, b"\0"),
        mode,
        uid if uid <= _MAX_ID else 0,
        gid if gid <= _MAX_ID else 0,
        size if size <= _MAX_SIZE else 0,
        TIME,
    )
    after = kind + target.ljust(_NAME_SIZE, b"\0") + b"ustar\00000"
    devices = b"\0" * 64 + b"0000000\0" * 2
    checksum = sum(before) + 8 * ord(" ") + sum(after) + sum(devices)
    return (before + b"%06o\0 " % checksum + after + devices).ljust(BLOCK, b"\0")
