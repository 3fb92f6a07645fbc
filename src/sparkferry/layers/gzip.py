"""Members of gzip files (RFC 1952), which may be concatenated: the same bytes on any machine.

The compressor is libdeflate: what it makes depends on its version and level alone. What isal makes
depends on the processor too (run: other bytes with AVX-512, with AVX2, without either, and on arm64),
and what zlib makes on whose zlib Python was built with.
"""

import struct
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

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

_THREADS = 2
_AHEAD = 8
"""Chunks that are in memory at once."""


def version() -> str:
    """Return what the bytes of a layer depend on beside its content: a part of every cache key."""
    import deflate

    return f"{_FORMAT} deflate {deflate.__version__} {_LEVEL}"


def member(content: bytes) -> bytes:
    """Return a member with this content."""
    import deflate

    return bytes(deflate.gzip_compress(content, _LEVEL))


def tail(crc: int, size: int) -> bytes:
    """Return what follows the deflate stream of a content of ``size`` bytes with this CRC-32."""
    return _TAIL.pack(crc, size & 0xFFFFFFFF)


def members(stream: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the members for what ``stream`` yields, made by several threads, in order."""
    with ThreadPoolExecutor(_THREADS, "gzip") as pool:
        waiting = deque[Future[bytes]]()
        for chunk in chunks(stream, _CHUNK):
            waiting.append(pool.submit(member, chunk))
            if len(waiting) == _AHEAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def chunks(stream: Iterable[bytes], size: int) -> Iterator[bytes]:
    """Yield the same bytes in pieces of ``size``, of which only the last may be shorter."""
    buffer = bytearray()
    for data in stream:
        buffer += data
        while len(buffer) >= size:
            yield bytes(buffer[:size])
            del buffer[:size]
    if buffer:
        yield bytes(buffer)
