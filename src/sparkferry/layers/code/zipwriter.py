"""Zip files whose bytes depend on nothing but the names, modes and bytes in them."""

import io
import os
import shutil
import stat
import zipfile
from collections.abc import Iterable
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING

import msgspec

from sparkferry.errors import WorldError
from sparkferry.files import CHUNK
from sparkferry.snapshot.model import File

if TYPE_CHECKING:
    from collections.abc import Iterator

_TIME = (1980, 1, 1, 0, 0, 0)
"""The earliest that a zip entry can have (APPNOTE 4.4.6)."""

_UNIX = 3
"""Host system of an entry whose attributes are a file mode (APPNOTE 4.4.2)."""

_LEVEL = 6


class Member(msgspec.Struct, frozen=True):
    """One file of a zip."""

    name: str
    """Relative POSIX path in the zip."""
    content: File | bytes
    """A file of the snapshot, or the bytes themselves."""

    @property
    def executable(self) -> bool:
        """Whether its mode says so."""
        return isinstance(self.content, File) and self.content.executable

    @property
    def size(self) -> int:
        """In bytes."""
        return self.content.size if isinstance(self.content, File) else len(self.content)


def write_zip(path: Path, members: Iterable[Member]) -> None:
    """Write the members to ``path``, sorted by name.

    :raises WorldError: a file is not any more what the snapshot says.
    """
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as archive:
        for member in sorted(members, key=lambda item: item.name):
            with _open(member) as source, archive.open(_info(member), "w") as sink:
                shutil.copyfileobj(source, sink, CHUNK)


def _info(member: Member) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(member.name, _TIME)
    info.compress_type = zipfile.ZIP_DEFLATED
    info.create_system = _UNIX
    info.external_attr = (stat.S_IFREG | (0o755 if member.executable else 0o644)) << 16
    info.file_size = member.size
    return info


@contextmanager
def _open(member: Member) -> "Iterator[IO[bytes]]":
    if isinstance(member.content, bytes):
        yield io.BytesIO(member.content)
        return
    file = member.content
    try:
        with file.source.open("rb") as stream:
            yield stream
            facts = os.fstat(stream.fileno())
    except FileNotFoundError as error:
        raise _changed(file) from error
    if (facts.st_size, facts.st_mtime_ns) != (file.size, file.modified):
        raise _changed(file)


def _changed(file: File) -> WorldError:
    return WorldError(
        f"could not pack `{file.path}`: it was changed or removed since the snapshot was taken",
        hint="run the command again",
    )
