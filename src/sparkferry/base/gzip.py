"""Members of gzip files (RFC 1952), which may be concatenated: the same bytes on any machine.

The compressor is libdeflate: what it makes depends on its version and level alone. What isal makes
depends on the processor too (run: other bytes with AVX-512, with AVX2, without either, and on arm64),
and what zlib makes on whose zlib Python was built with.
"""

import struct
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import chain, groupby
from pathlib import Path
from typing import Any

import msgspec

from sparkferry.files import CHUNK

Sink = Callable[[bytes | bytearray | memoryview], object]
"""Takes what members hold, piece by piece and in order, as the ``update`` of a digest does."""

_LEVEL = 6
"""Of libdeflate's 1 to 12. Measured on 118 MB of libraries and Python: 1.4 s and 34.6 MB, against 0.7 s
and 37.9 MB at level 1; isal needs 0.4 s for 39.1 MB, zlib's level 6 4.1 s for 34.9 MB."""

_FORMAT = 1
"""Raised whenever the same content gives another layer."""

HEAD = b"\x1f\x8b\x08\0\0\0\0\0\0\xff"
"""What goes before a deflate stream: no name, no time, unknown system (RFC 1952, 2.3)."""

_TAIL = struct.Struct("<2L")
"""CRC-32, and size modulo 2**32."""

_CHUNK = 1 << 20
"""Bytes of content in a member."""

_AT_ONCE = 16 << 20
"""Bytes of content that are inflated at once: libdeflate takes three quarters of the time of isal, and
memory for all of it."""

_PIECE = 64 * 1024
"""Bytes that are inflated at a time where it is not known where a member ends: what is behind its end is
copied."""

_THREADS = 2
_AHEAD = 8
"""Chunks that are in memory at once."""


def version() -> str:
    """Return what the bytes of a layer depend on beside its content: a part of every cache key."""
    import deflate

    return f"{_FORMAT} deflate {deflate.__version__} {_LEVEL}"


def member(content: bytes | memoryview) -> bytes:
    """Return a member with this content."""
    import deflate

    return bytes(deflate.gzip_compress(content, _LEVEL))


def tail(crc: int, size: int) -> bytes:
    """Return what follows the deflate stream of a content of ``size`` bytes with this CRC-32."""
    return _TAIL.pack(crc, size & 0xFFFFFFFF)


class SeparateMember(msgspec.Struct, frozen=True):
    """Content that has a member to itself."""

    content: bytes | memoryview
    member: bytes | memoryview = b""
    """That member; empty where it is still to be made."""

    def made(self) -> bytes | memoryview:
        """Return the member."""
        return self.member or member(self.content)


def _to_nobody(content: bytes | bytearray | memoryview) -> None:
    del content


def members(
    stream: Iterable[bytes | SeparateMember], feed: Sink = _to_nobody
) -> Iterator[bytes | memoryview]:
    """Yield the members for what ``stream`` yields, made by several threads, in order.

    ``feed`` gets their content.
    """
    with ThreadPoolExecutor(_THREADS, "gzip") as pool:
        waiting = deque[Future[bytes | memoryview]]()
        for each in _cut(stream):
            feed(each.content)
            waiting.append(pool.submit(each.made))
            if len(waiting) == _AHEAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _cut(stream: Iterable[bytes | SeparateMember]) -> Iterator[SeparateMember]:
    for is_apart, run in groupby(stream, lambda each: isinstance(each, SeparateMember)):
        if is_apart:
            yield from (each for each in run if isinstance(each, SeparateMember))
        else:
            shared = (each for each in run if isinstance(each, bytes))
            yield from map(SeparateMember, chunks(shared, _CHUNK))


def split(data: bytes) -> Iterator[SeparateMember]:
    """Yield each member of a gzip file that is held in memory, and its content."""
    from isal import isal_zlib

    view, start = memoryview(data), 0
    while start < len(data):
        inflater, end, content = isal_zlib.decompressobj(wbits=31), start, bytearray()
        while not inflater.eof and end < len(data):
            piece = view[end : end + _PIECE]
            content += inflater.decompress(piece)
            end += len(piece)
        end -= len(inflater.unused_data)
        yield SeparateMember(bytes(content), view[start:end])
        start = end


def stream_member(pieces: Iterable[bytes], crc: int, size: int, feed: Sink) -> Iterator[bytes]:
    """Yield the member of a deflate stream that comes in ``pieces``; ``feed`` gets its content.

    :raises ValueError: its content has not this CRC-32 and size.
    """
    whole = chain((HEAD,), pieces, (tail(crc, size),))
    if size > _AT_ONCE:
        yield from _inflating(whole, feed)
        return
    import deflate

    data = b"".join(whole)
    try:
        feed(deflate.gzip_decompress(data, size))
    except deflate.DeflateError as error:
        raise ValueError(str(error)) from error
    yield data


def _inflating(pieces: Iterable[bytes], feed: Sink) -> Iterator[bytes]:
    from isal import igzip_lib, isal_zlib

    damaged: Any = igzip_lib.IsalError
    inflater = isal_zlib.decompressobj(wbits=31)
    try:
        for piece in pieces:
            yield piece
            rest = piece
            while content := inflater.decompress(rest, CHUNK):
                feed(content)
                rest = inflater.unconsumed_tail
    except damaged as error:
        raise ValueError(str(error)) from error
    if not inflater.eof:
        raise ValueError("it ends too early")


def inflated(path: Path) -> Iterator[memoryview]:
    """Yield the content of the gzip file at ``path``, in pieces that are overwritten by the next."""
    from isal import igzip

    reader: Callable[..., Any] = igzip.IGzipFile
    buffer = bytearray(CHUNK)
    with reader(path) as stream:
        while count := stream.readinto(buffer):
            yield memoryview(buffer)[:count]


def chunks(stream: Iterable[bytes], size: int) -> Iterator[bytes]:
    """Yield the same bytes in pieces of ``size``, of which only the last may be shorter."""
    buffer = bytearray()
    for data in stream:
        rest = memoryview(data)
        while len(buffer) + len(rest) >= size:
            wanted = size - len(buffer)
            buffer += rest[:wanted]
            rest = rest[wanted:]
            yield bytes(buffer)
            buffer.clear()
        buffer += rest
    if buffer:
        yield bytes(buffer)
