"""Zip files whose bytes depend on nothing but the names, modes and bytes in them.

Not on the zlib of the running Python either: `deflate` brings its own compressor.
"""

import os
import shutil
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import IO

import msgspec

from sparkferry.base.zip_write import (
    DEFLATED,
    STORED,
    Header,
    central_header,
    end_records,
    local_header,
)
from sparkferry.errors import ExternalError
from sparkferry.files import CHUNK
from sparkferry.snapshot.model import File

_LEVEL = 6
"""Of libdeflate's 12: what zlib's 6 gives, in a third of the time."""

_LARGE = 32 * 1024 * 1024
"""Files from this size on, in bytes, are stored as they are: compressing takes memory of their size."""


class Member(msgspec.Struct, frozen=True):
    """One file of a zip."""

    name: str
    """Relative POSIX path in the zip."""
    content: File | bytes
    """A file of the snapshot, or the bytes themselves."""
    executable: bool = False
    """Whether bytes may be executed; a file of the snapshot says so itself."""

    @property
    def may_run(self) -> bool:
        """Whether it may be executed."""
        return self.content.executable if isinstance(self.content, File) else self.executable

    @property
    def size(self) -> int:
        """In bytes."""
        return self.content.size if isinstance(self.content, File) else len(self.content)


def write_zip(path: Path, members: Iterable[Member]) -> None:
    """Write the members to ``path``, sorted by name.

    :raises ExternalError: a file is not any more what the snapshot says.
    """
    with path.open("wb") as sink:
        directory = []
        for member in sorted(members, key=lambda item: item.name):
            offset = sink.tell()
            directory.append(central_header(_write(member, sink), offset))
        offset, central = sink.tell(), b"".join(directory)
        sink.write(central)
        sink.write(end_records(len(directory), len(central), offset))


def _write(member: Member, sink: IO[bytes]) -> Header:
    if isinstance(member.content, File) and member.size >= _LARGE:
        return _store(member, member.content, sink)
    data = member.content if isinstance(member.content, bytes) else read_file(member.content)
    from deflate import deflate_compress

    packed = deflate_compress(data, _LEVEL)
    header = _header(member, DEFLATED, zlib.crc32(data), len(packed))
    sink.write(local_header(header))
    sink.write(packed)
    return header


def _store(member: Member, file: File, sink: IO[bytes]) -> Header:
    with _open(file) as source:
        crc = 0
        while data := source.read(CHUNK):
            crc = zlib.crc32(data, crc)
        header = _header(member, STORED, crc, file.size)
        sink.write(local_header(header))
        source.seek(0)
        shutil.copyfileobj(source, sink, CHUNK)
        _check(file, source)
    return header


def _header(member: Member, method: int, crc: int, compressed: int) -> Header:
    return Header(member.name.encode(), method, crc, member.size, compressed, member.may_run)


def read_file(file: File) -> bytes:
    """Return the bytes of a file of the snapshot.

    :raises ExternalError: it is not any more what the snapshot says.
    """
    with _open(file) as source:
        data = source.read()
        _check(file, source)
    return data


def _open(file: File) -> IO[bytes]:
    try:
        return file.source.open("rb")
    except FileNotFoundError as error:
        raise _changed(file) from error


def _check(file: File, source: IO[bytes]) -> None:
    facts = os.fstat(source.fileno())
    if (facts.st_size, facts.st_mtime_ns) != (file.size, file.modified):
        raise _changed(file)


def _changed(file: File) -> ExternalError:
    return ExternalError(
        f"could not pack `{file.path}`: it was changed or removed since the snapshot was taken",
        hint="run the command again",
    )
