"""What a wheel's zip archive holds, read with suspicion.

Refused is what pip and uv refuse, and what could be understood differently by two readers: names that
lead out of the directory, two different entries of one name, entries that share bytes, local headers
whose sizes contradict the central directory. What is odd but harmless is a remark. The format is
PKWARE's APPNOTE 6.3.10; section numbers here are its own.
"""

import os
import stat
import struct
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from sparkferry.base.zip_write import DEFLATED, STORED
from sparkferry.errors import ExternalError
from sparkferry.files import CHUNK
from sparkferry.layers.packages.zip_names import is_file, is_inside, is_portable, normal, parents

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

_RECODED = {12: "bzip2", 14: "LZMA", 93: "zstd"}
"""Methods (4.4.5) that Python's `zipfile` reads, the last from Python 3.14 on, and java.util.zip does not."""

_ABSURD_SIZE = 1 << 30
_ABSURD_RATIO = 500
"""More than a GiB, packed more than 500 times denser: no wheel of code is (deflate ends at 1032)."""


class WheelError(ExternalError):
    """A wheel is not what the wheel specification, or its own RECORD, says it must be."""

    def __init__(self, filename: str, reason: str) -> None:
        super().__init__(
            f"could not verify `{filename}`: {reason}",
            hint="the file is damaged or was built wrongly: lock another version of the package, "
            "or report it to its publisher",
        )
        self.reason = reason


class RecodeError(WheelError):
    """A wheel is valid, but its content must be compressed anew before it can ship."""


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


class Contents(msgspec.Struct, frozen=True):
    """What an archive holds."""

    members: tuple[Member, ...]
    """In the order of their bytes, directories left out."""
    remarks: tuple[str, ...]
    """What is odd about the archive but does no harm."""


def read_archive(path: Path) -> Contents:
    """Return the files of the archive.

    :raises RecodeError: a file is compressed by a method that Spark's nodes do not unpack.
    :raises WheelError: the archive is malformed, ambiguous or dangerous.
    """
    import zipfile

    try:
        with path.open("rb") as stream, zipfile.ZipFile(stream) as archive:
            infos = sorted(archive.infolist(), key=lambda info: info.header_offset)
            _check_directory(path.name, infos, archive.start_dir)
            members = tuple(_read_local(stream.fileno(), path.name, info) for info in infos)
            _check_extents(path.name, members, infos, archive.start_dir)
            files, doubled = _once(stream.fileno(), path.name, members)
    except (zipfile.BadZipFile, NotImplementedError, UnicodeDecodeError, struct.error) as error:
        raise WheelError(path.name, f"it is not a complete zip archive ({error})") from error
    return Contents(
        tuple(item for item in files if is_file(item.name)), (*_remarks(infos), *doubled)
    )


def _check_directory(filename: str, infos: list["ZipInfo"], end: int) -> None:
    if not infos:
        raise WheelError(filename, "it is empty")
    if not 0 <= infos[0].header_offset <= infos[-1].header_offset <= end:
        raise WheelError(filename, "its directory points outside of the archive")
    _check_names(filename, [info.orig_filename for info in infos])
    for info in infos:
        _check_content(filename, info)
    size = sum(info.file_size for info in infos)
    compressed = sum(info.compress_size for info in infos)
    if size > _ABSURD_SIZE and size > compressed * _ABSURD_RATIO:
        raise WheelError(filename, f"it is a zip bomb: {compressed} bytes declare to be {size}")


def _read_local(handle: int, filename: str, info: "ZipInfo") -> Member:
    head = os.pread(handle, _LOCAL.size, info.header_offset)
    magic, _, flags, method, _, _, _, compressed, size, named, extra = _LOCAL.unpack(head)
    start = info.header_offset + _LOCAL.size
    name = os.pread(handle, named, start)
    encoded = info.orig_filename.encode("utf-8" if info.flag_bits & 0x800 else "cp437")
    same = (magic, method, name) == (b"PK\3\4", info.compress_type, encoded)
    if not flags & _DESCRIPTOR:
        same &= size in {info.file_size, _UNKNOWN}
        same &= compressed in {info.compress_size, _UNKNOWN}
    if not same:
        raise WheelError(
            filename, f"the local header of `{info.orig_filename}` contradicts the directory"
        )
    mode = info.external_attr >> 16
    return Member(
        normal(info.orig_filename),
        info.compress_type,
        info.CRC,
        info.file_size,
        info.compress_size,
        start + named + extra,
        stat.S_ISREG(mode) and bool(mode & 0o111),
    )


def _check_content(filename: str, info: "ZipInfo") -> None:
    name = info.orig_filename
    if info.flag_bits & _ENCRYPTED_OR_PATCHED:
        raise WheelError(filename, f"`{name}` is encrypted")
    if info.compress_type in _RECODED:
        method = _RECODED[info.compress_type]
        raise RecodeError(filename, f"`{name}` is compressed by {method}, which Java does not read")
    if info.compress_type not in {STORED, DEFLATED}:
        raise WheelError(filename, f"`{name}` is compressed by method {info.compress_type}")
    if info.compress_type == STORED and info.file_size != info.compress_size:
        raise WheelError(filename, f"`{name}` has two sizes")


def _remarks(infos: Iterable["ZipInfo"]) -> Iterator[str]:
    for info in infos:
        name, kind = info.orig_filename, stat.S_IFMT(info.external_attr >> 16)
        if name.endswith("/"):
            if info.file_size:
                yield f"the directory `{name}` has content, which is left out"
        elif not is_portable(name):
            yield f"{name!r} has a name of Windows and is left out"
        elif kind not in {0, stat.S_IFREG}:
            what = "symbolic link" if kind == stat.S_IFLNK else "special file"
            yield f"`{name}` is marked as a {what} and ships as a plain file, as pip and uv install it"


def _once(
    handle: int, filename: str, members: Iterable[Member]
) -> tuple[tuple[Member, ...], tuple[str, ...]]:
    """Return the members with one of each name, and remarks on the others, which are the same."""
    first: dict[str, Member] = {}
    doubled = []
    for member in members:
        other = first.setdefault(member.name, member)
        if other is member or not is_file(member.name):
            continue
        if not _is_same(handle, other, member):
            raise WheelError(filename, f"it holds `{member.name}` twice, with different content")
        doubled.append(f"it holds `{member.name}` twice")
    return tuple(first.values()), tuple(doubled)


def _is_same(handle: int, first: Member, second: Member) -> bool:
    facts = (first.method, first.crc, first.size, first.compressed)
    if facts != (second.method, second.crc, second.size, second.compressed):
        return False
    return all(
        os.pread(handle, min(CHUNK, first.compressed - at), first.offset + at)
        == os.pread(handle, min(CHUNK, first.compressed - at), second.offset + at)
        for at in range(0, first.compressed, CHUNK)
    )


def _check_extents(
    filename: str, members: tuple[Member, ...], infos: list["ZipInfo"], end: int
) -> None:
    limits = [info.header_offset for info in infos[1:]] + [end]
    for member, limit in zip(members, limits, strict=True):
        if member.offset + member.compressed > limit:
            raise WheelError(filename, f"`{member.name}` shares bytes with what follows it")


def _check_names(filename: str, names: list[str]) -> None:
    for name in names:
        if name.startswith("/") or not is_inside(normal(name).removesuffix("/")):
            raise WheelError(
                filename, f"the name {name!r} leads out of the directory or is not printable"
            )
    places = {normal(name) for name in names}
    files = {name for name in places if not name.endswith("/")}
    for parent in sorted(parents(places) & files):
        raise WheelError(filename, f"`{parent}` is a file and a directory at once")
