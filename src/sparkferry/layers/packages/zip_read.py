"""What a wheel's zip archive holds, read with suspicion.

Everything that two readers could understand differently is refused: names that lead out of the
directory, two entries of one name, entries that share bytes, local headers that contradict the
central directory. The format is PKWARE's APPNOTE 6.3.10; section numbers here are its own.
"""

import os
import stat
import struct
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from sparkferry.errors import WorldError
from sparkferry.layers.zip_write import DEFLATED, STORED

if TYPE_CHECKING:
    from zipfile import ZipInfo

_ENCRYPTED_OR_PATCHED = 0x1 | 0x20 | 0x40 | 0x2000
"""Flag bits (4.4.4) of contents that are not what they seem."""

_DESCRIPTOR = 0x8
"""Flag bit 3: checksum and sizes follow the content, and the local header has zeros."""

_LOCAL = struct.Struct("<4s5H3L2H")
"""Local file header (4.3.7)."""

_UNKNOWN = 0xFFFFFFFF
"""A size that stands in the Zip64 extra field instead (4.4.8)."""

_ABSURD_SIZE = 1 << 30
_ABSURD_RATIO = 500
"""More than a GiB, packed more than 500 times denser: no wheel of code is (deflate ends at 1032)."""


class WheelError(WorldError):
    """A wheel is not what the wheel specification, or its own RECORD, says it must be."""

    def __init__(self, filename: str, reason: str) -> None:
        super().__init__(
            f"could not verify `{filename}`: {reason}",
            hint="the file is damaged or was built wrongly: lock another version of the package, "
            "or report it to its publisher",
        )


class Member(msgspec.Struct, frozen=True, array_like=True):
    """One file of a wheel."""

    name: str
    method: int
    """`STORED` or `DEFLATED`."""
    crc: int
    size: int
    """In bytes, when inflated."""
    compressed: int
    """In bytes, as it stands in the archive."""
    offset: int
    """Where its bytes begin in the archive."""
    executable: bool
    hash: str = ""
    """As RECORD has it, such as ``sha256=…`` in URL-safe base64; empty for RECORD itself."""


def read_members(path: Path) -> tuple[Member, ...]:
    """Return the files of the archive in the order of their bytes, directories left out.

    :raises WheelError: the archive is malformed, ambiguous or dangerous.
    """
    import zipfile

    try:
        with path.open("rb") as stream, zipfile.ZipFile(stream) as archive:
            infos = sorted(archive.infolist(), key=lambda info: info.header_offset)
            _check_directory(path.name, infos, archive.start_dir)
            members = tuple(_read_local(stream.fileno(), path.name, info) for info in infos)
            _check_extents(path.name, infos, members, archive.start_dir)
    except (zipfile.BadZipFile, NotImplementedError, UnicodeDecodeError, struct.error) as error:
        raise WheelError(path.name, f"it is not a complete zip archive ({error})") from error
    return tuple(item for item in members if not item.name.endswith("/"))


def _check_directory(filename: str, infos: list["ZipInfo"], end: int) -> None:
    if not infos:
        raise WheelError(filename, "it is empty")
    if not 0 <= infos[0].header_offset <= infos[-1].header_offset <= end:
        raise WheelError(filename, "its directory points outside of the archive")
    _check_names(filename, [info.orig_filename for info in infos])
    for info in infos:
        _check_kind(filename, info)
    size = sum(info.file_size for info in infos)
    compressed = sum(info.compress_size for info in infos)
    if size > _ABSURD_SIZE and size > compressed * _ABSURD_RATIO:
        raise WheelError(filename, f"it is a zip bomb: {compressed} bytes declare to be {size}")


def _read_local(handle: int, filename: str, info: "ZipInfo") -> Member:
    head = os.pread(handle, _LOCAL.size, info.header_offset)
    magic, _, flags, method, _, _, crc, compressed, size, named, extra = _LOCAL.unpack(head)
    start = info.header_offset + _LOCAL.size
    name = os.pread(handle, named, start)
    encoded = info.orig_filename.encode("utf-8" if info.flag_bits & 0x800 else "cp437")
    same = (magic, method, name) == (b"PK\3\4", info.compress_type, encoded)
    if not flags & _DESCRIPTOR:
        same &= crc == info.CRC and size in {info.file_size, _UNKNOWN}
        same &= compressed in {info.compress_size, _UNKNOWN}
    if not same:
        raise WheelError(
            filename, f"the local header of `{info.orig_filename}` contradicts the directory"
        )
    mode = info.external_attr >> 16
    return Member(
        info.orig_filename,
        info.compress_type,
        info.CRC,
        info.file_size,
        info.compress_size,
        start + named + extra,
        stat.S_ISREG(mode) and bool(mode & 0o111),
    )


def _check_kind(filename: str, info: "ZipInfo") -> None:
    kind = stat.S_IFMT(info.external_attr >> 16)
    is_folder = info.orig_filename.endswith("/")
    reason = None
    if info.flag_bits & _ENCRYPTED_OR_PATCHED:
        reason = "is encrypted"
    elif info.compress_type not in {STORED, DEFLATED}:
        reason = f"is compressed by method {info.compress_type}; Spark's nodes unpack only deflate"
    elif kind == stat.S_IFLNK:
        reason = "is a symbolic link"
    elif kind not in {0, stat.S_IFREG, stat.S_IFDIR}:
        reason = "is a special file"
    elif info.file_size if is_folder else kind == stat.S_IFDIR:
        reason = "is a file and a directory at once"
    elif info.compress_type == STORED and info.file_size != info.compress_size:
        reason = "has two sizes"
    if reason:
        raise WheelError(filename, f"`{info.orig_filename}` {reason}")


def _check_extents(
    filename: str, infos: list["ZipInfo"], members: tuple[Member, ...], end: int
) -> None:
    limits = [info.header_offset for info in infos[1:]] + [end]
    for member, limit in zip(members, limits, strict=True):
        if member.offset + member.compressed > limit:
            raise WheelError(filename, f"`{member.name}` shares bytes with what follows it")


def _check_names(filename: str, names: list[str]) -> None:
    seen = set[str]()
    for name in names:
        path = name.removesuffix("/")
        if path in seen:
            raise WheelError(filename, f"it holds `{name}` twice")
        if not is_safe(path):
            raise WheelError(
                filename, f"the name {name!r} leads out of the directory or is not portable"
            )
        seen.add(path)
    files = {name for name in names if not name.endswith("/")}
    for parent in sorted(parents(names) & files):
        raise WheelError(filename, f"`{parent}` is a file and a directory at once")


def parents(paths: Iterable[str]) -> set[str]:
    """Return every directory that one of the ``paths`` is in, however deep."""
    found = set[str]()
    for path in paths:
        parent = path.rpartition("/")[0]
        while parent and parent not in found:
            found.add(parent)
            parent = parent.rpartition("/")[0]
    return found


def is_safe(path: str) -> bool:
    """Whether ``path`` names one place below a directory, on every system."""
    parts = path.split("/")
    return not (
        {"", ".", ".."}.intersection(parts)
        or "\\" in path
        or path[1:2] == ":"
        or any(character < " " for character in path)
    )
