"""Deterministic tar.gz files: the same members give the same bytes, wherever they come from.

POSIX.1-2001 (pax) tar, which Hadoop's unpackers and Python both read, without entries for
directories and without `./` in front, which Spark stumbles over. The content of a large file has gzip
members to itself, so that a layer with the file in another place takes them over as they are.
"""

import io
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING

import msgspec

from sparkferry.base import gzip
from sparkferry.errors import ExternalError
from sparkferry.files import CHUNK
from sparkferry.progress import Task

if TYPE_CHECKING:
    import tarfile

TIME = 315532800
"""1980-01-01 UTC, the oldest time that every archive format can write."""

_BLOCK = 512

_LARGE = 64 * 1024
"""Bytes of a file from which on it has members to itself. Measured on CPython 3.11: six tenths of all
bytes, for 0.3 % more in size; from 16 KiB on it would be more than eight tenths, for 2 %."""


class Link(msgspec.Struct, frozen=True):
    """A symbolic link, relative to its own directory."""

    target: str


class Member(msgspec.Struct, frozen=True):
    """One entry of an archive."""

    name: str
    """Relative, with `/` between its parts."""
    content: Path | bytes | Link
    """A file to read, the bytes themselves, or a link."""
    executable: bool = False


def write_tarball(path: Path, members: Iterable[Member], task: Task) -> None:
    """Write the members to ``path``, sorted by name; ``task`` advances by one for each."""
    with path.open("wb") as sink:
        for data in gzip.members(_tar(members, task)):
            sink.write(data)


def _tar(members: Iterable[Member], task: Task) -> Iterator[bytes | gzip.SeparateMember]:
    for member in sorted(members, key=lambda item: item.name):
        yield from _entry(member)
        task.advance(1)
    yield bytes(2 * _BLOCK)


def _entry(member: Member) -> Iterator[bytes | gzip.SeparateMember]:
    import tarfile

    info = tarfile.TarInfo(member.name)
    info.mtime = TIME
    info.mode = 0o755 if member.executable else 0o644
    match member.content:
        case Link(target):
            info.type, info.linkname, info.mode = tarfile.SYMTYPE, target, 0o777
            yield _header(info)
        case bytes(data):
            yield from _file(info, io.BytesIO(data), len(data))
        case path:
            with path.open("rb") as stream:
                yield from _file(info, stream, os.fstat(stream.fileno()).st_size)


def _header(info: "tarfile.TarInfo") -> bytes:
    import tarfile

    return info.tobuf(tarfile.PAX_FORMAT)


def _file(
    info: "tarfile.TarInfo", stream: IO[bytes], size: int
) -> Iterator[bytes | gzip.SeparateMember]:
    info.size = size
    yield _header(info)
    while data := stream.read(min(size, CHUNK)):
        size -= len(data)
        yield gzip.SeparateMember(data) if info.size >= _LARGE else data
    if size:
        raise ExternalError(f"could not pack `{stream.name}`: it became shorter meanwhile")
    yield bytes(-info.size % _BLOCK)
