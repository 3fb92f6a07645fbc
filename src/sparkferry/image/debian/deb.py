"""The format of a Debian package (deb(5)): an ar archive with a version, and two tar archives."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BufferedReader, BytesIO, RawIOBase
from pathlib import Path
from typing import IO, TYPE_CHECKING, Literal, cast

from sparkferry.errors import ExternalError
from sparkferry.files import CHUNK

if TYPE_CHECKING:
    import tarfile
    from collections.abc import Mapping

    from _typeshed import WriteableBuffer

_MAGIC = b"!<arch>\n"
_HEADER = 60
_NAME, _SIZE, _END = slice(0, 16), slice(48, 58), slice(58, 60)
_ENDING = b"`\n"
"""The common ar format, as deb(5) describes it: names of at most 16 bytes, sizes in decimal."""


@contextmanager
def opened(path: Path, part: Literal["control", "data"]) -> "Iterator[tarfile.TarFile]":
    """Open one of the two tar archives of the package ``path``, to be read once from front to back.

    :raises ExternalError: the file is not a package, or is damaged or dangerous; also while it is being read.
    """
    import gzip
    import lzma
    import tarfile
    import zlib

    try:
        name, content = _find(path.read_bytes(), part)
        with (
            _plain(name.removeprefix(part), content) as stream,
            tarfile.open(fileobj=stream, mode="r|", errorlevel=2) as archive,
        ):
            yield archive
    except (
        ValueError, EOFError, tarfile.TarError, gzip.BadGzipFile, lzma.LZMAError, zlib.error,
    ) as error:  # fmt: skip
        raise ExternalError(
            f"could not read `{path.name}`: {str(error) or type(error).__name__}",
            hint="the package is damaged, or not one of Debian's",
        ) from error


def _plain(ending: str, content: memoryview) -> IO[bytes]:
    if ending not in _READERS:
        raise ValueError(f"`{ending}` is a compression that sparkferry does not read")
    return _READERS[ending](content)


def _gunzipped(content: memoryview) -> IO[bytes]:
    from gzip import GzipFile

    return cast("IO[bytes]", GzipFile(fileobj=BytesIO(content)))


_READERS: "Mapping[str, Callable[[memoryview], IO[bytes]]]" = {
    ".tar": BytesIO,
    ".tar.gz": _gunzipped,
    ".tar.xz": lambda content: BufferedReader(_Xz(content), CHUNK),
}
"""What the packages of bookworm and trixie use; zstd is Ubuntu's."""


class _Xz(RawIOBase):
    """The content of one xz stream or several.

    Unlike ``lzma.LZMAFile``, which takes 8 KiB at a time, it is decompressed in as large pieces as are
    read: each time Python's lock is let go, and another thread may keep it for a while.
    """

    def __init__(self, content: memoryview) -> None:
        self._begin(content)

    def _begin(self, content: bytes | memoryview) -> None:
        from lzma import FORMAT_XZ, LZMADecompressor

        self._decompressor = LZMADecompressor(FORMAT_XZ)
        self._waiting = content

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        target = memoryview(buffer)
        if self._decompressor.eof:
            # Between streams may be zeros (the .xz file format 1.2, 2.2).
            rest = self._decompressor.unused_data.lstrip(b"\0")
            if not rest:
                return 0
            self._begin(rest)
        data = self._decompressor.decompress(self._waiting, len(target))
        self._waiting = b""
        if not data and not self._decompressor.eof:
            raise EOFError("it ends too early")
        target[: len(data)] = data
        return len(data)


def _find(data: bytes, part: str) -> tuple[str, memoryview]:
    members = dict(_members(data))
    if bytes(members.get("debian-binary", b""))[:2] != b"2.":
        raise ValueError("it is not a Debian package of format 2")
    for name, content in members.items():
        if name.startswith(f"{part}.tar"):
            return name, content
    raise ValueError(f"it has no `{part}.tar`")


def _members(data: bytes) -> Iterator[tuple[str, memoryview]]:
    if not data.startswith(_MAGIC):
        raise ValueError("it is not an ar archive")
    at, view = len(_MAGIC), memoryview(data)
    while at + _HEADER <= len(data):
        header = data[at : at + _HEADER]
        size = int(header[_SIZE])
        start = at + _HEADER
        if header[_END] != _ENDING or start + size > len(data):
            raise ValueError("the ar archive is damaged")
        yield header[_NAME].decode("ascii").rstrip().rstrip("/"), view[start : start + size]
        at = start + size + size % 2
