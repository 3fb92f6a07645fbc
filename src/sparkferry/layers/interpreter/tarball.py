"""Deterministic tar.gz files: the same members give the same bytes, wherever they come from.

POSIX.1-2001 (pax) tar, which Hadoop's unpackers and Python both read, without entries for
directories and without `./` in front, which Spark stumbles over.
"""

import io
import tarfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from sparkferry.progress import Task

TIME = 315532800
"""1980-01-01 UTC, the oldest time that every archive format can write."""

_LEVEL = 3
"""Of isal's 0 to 3. Measured on an interpreter of 44 MB: 0.15 s and 15.8 MB, against 0.13 s and 16.4 MB at
level 1; zlib needs 1.7 s for 14.2 MB."""


@dataclass(frozen=True, slots=True)
class Link:
    """A symbolic link, relative to its own directory."""

    target: str


@dataclass(frozen=True, slots=True)
class Member:
    """One entry of an archive."""

    name: str
    """Relative, with `/` between its parts."""
    content: Path | bytes | Link
    """A file to read, the bytes themselves, or a link."""
    executable: bool = False


def write_tarball(path: Path, members: Iterable[Member], task: Task) -> None:
    """Write the members to ``path``, sorted by name; ``task`` advances by one for each."""
    from isal import igzip

    compress: Callable[..., Any] = igzip.IGzipFile
    with (
        path.open("wb") as raw,
        compress(filename="", mode="wb", compresslevel=_LEVEL, fileobj=raw, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w|", format=tarfile.PAX_FORMAT) as archive,
    ):
        for member in sorted(members, key=lambda item: item.name):
            _add(archive, member)
            task.advance(1)


def _add(archive: tarfile.TarFile, member: Member) -> None:
    info = tarfile.TarInfo(member.name)
    info.mtime = TIME
    info.mode = 0o755 if member.executable else 0o644
    match member.content:
        case Link(target):
            info.type, info.linkname, info.mode = tarfile.SYMTYPE, target, 0o777
            archive.addfile(info)
        case bytes(data):
            _add_stream(archive, info, io.BytesIO(data), len(data))
        case path:
            with path.open("rb") as stream:
                _add_stream(archive, info, stream, path.stat().st_size)


def _add_stream(
    archive: tarfile.TarFile, info: tarfile.TarInfo, stream: IO[bytes], size: int
) -> None:
    info.size = size
    archive.addfile(info, stream)
