"""The entries of one layer, read as a stream: tar, whatever it is compressed with."""

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import chain
from posixpath import normpath
from typing import IO, TYPE_CHECKING, Any, Literal

from sparkferry.base.elf import MAGIC
from sparkferry.errors import ExternalError
from sparkferry.files import CHUNK
from sparkferry.image.entry import Kind
from sparkferry.image.rootfs.model import Keep, Node, Wanted
from sparkferry.layers.libraries.content import FoundElf, read_pieces

if TYPE_CHECKING:
    from tarfile import TarFile, TarInfo

    from _typeshed import WriteableBuffer
    from zstandard import ZstdDecompressor

_GZIP = b"\x1f\x8b"
"""RFC 1952, section 2.3.1."""
_ZSTD = b"\x28\xb5\x2f\xfd"
"""RFC 8878, section 3.1.1."""


def read_entries(
    stream: IO[bytes], layer: int, keep: Keep, wanted: Wanted | None = None
) -> Iterator[tuple[str, Node, bytes | None]]:
    """Yield path, node and beginning of every entry; the beginning is None where none is kept.

    Nodes of the files that are ``wanted`` say what they are as ELF files.

    Whiteouts are entries like any other. Memory grows with their number, not their size.

    :raises ExternalError: the stream is not a tar archive, is damaged, or an entry leads out of the root.
    """
    import tarfile

    with _explained(layer), _uncompressed(stream) as plain:
        with tarfile.open(fileobj=plain, mode="r|", bufsize=CHUNK) as tar:
            for member in tar:
                path = _inside(member.name, layer)
                as_elf = wanted is not None and wanted(path)
                limit = keep(path, member.size)
                head, elf = _content(tar, member, limit, as_elf=as_elf)
                yield path, _node(member, layer, elf), head
        while plain.read(CHUNK):  # to the end, where its checksum is
            pass


@contextmanager
def _explained(layer: int) -> Iterator[None]:
    from tarfile import TarError

    from isal import isal_zlib

    inflating: Any = isal_zlib.IsalError
    try:
        yield
    except (TarError, inflating, EOFError, OSError) as error:
        raise ExternalError(
            f"could not read layer {layer + 1} of the image: {error}",
            hint="it is damaged, or compressed with what is neither gzip nor zstd: copy it again",
        ) from error


@contextmanager
def _uncompressed(stream: IO[bytes]) -> Iterator[IO[bytes]]:
    buffered = io.BufferedReader(Raw(stream), CHUNK)
    magic = buffered.peek(4)
    if magic.startswith(_GZIP):
        from isal import igzip

        decompress: Callable[..., Any] = igzip.IGzipFile
        with decompress(fileobj=buffered) as plain:
            yield plain
    elif magic.startswith(_ZSTD):
        with _zstandard().stream_reader(buffered, read_across_frames=True) as plain:
            yield plain
    else:
        yield buffered


def _zstandard() -> "ZstdDecompressor":
    try:
        from zstandard import ZstdDecompressor
    except ImportError as error:
        raise ExternalError(
            "could not read the image: its layers are compressed with zstd",
            hint="install what reads it: `pip install 'sparkferry[zstd]'`",
        ) from error
    return ZstdDecompressor()


class Raw(io.RawIOBase):
    """What ``stream`` gives, whether it can be looked into or not."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream

    def readable(self) -> bool:
        """Say that it is."""
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        """Read into ``buffer``, and return how many bytes."""
        view = memoryview(buffer).cast("B")
        data = self._stream.read(len(view))
        view[: len(data)] = data
        return len(data)


def _inside(name: str, layer: int) -> str:
    path = normpath(f"./{name}")
    if path.split("/")[0] == "..":
        raise ExternalError(
            f"could not read layer {layer + 1} of the image: `{name}` is outside of it"
        )
    return "" if path == "." else path


def _node(member: "TarInfo", layer: int, elf: FoundElf) -> Node:
    return Node(
        layer=layer,
        kind=_kind(member),
        mode=member.mode & 0o7777,
        uid=member.uid,
        gid=member.gid,
        size=member.size if member.isreg() else 0,
        target=_inside(member.linkname, layer) if member.islnk() else member.linkname,
        elf=elf,
    )


def _kind(member: "TarInfo") -> Kind | Literal["other"]:
    if member.isdir():
        return "directory"
    if member.issym():
        return "symlink"
    if member.islnk():
        return "hardlink"
    return "file" if member.isreg() else "other"


def _content(
    tar: "TarFile", member: "TarInfo", limit: int, *, as_elf: bool
) -> tuple[bytes | None, FoundElf]:
    """Return the first ``limit`` bytes of a file, and what it says as an ELF file."""
    stream = tar.extractfile(member) if member.isreg() and (limit or as_elf) else None
    if stream is None:
        return None, None
    head = stream.read(limit)
    if not as_elf:
        return head, None
    # The stream cannot go back to its beginning.
    first = head if len(head) >= len(MAGIC) else head + stream.read(CHUNK)
    rest = iter(lambda: stream.read(CHUNK), b"")
    return head if limit else None, read_pieces(chain((first,), rest), member.size)
