"""Splice files of several zip archives into one, without inflating anything.

The deflate streams are copied as they are; only the records around them are new. Copying goes in
blocks, by threads that each write to their own place in the file while the calling one computes the
digest, so memory grows with the number of files only, not with their size.
"""

import hashlib
import os
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import accumulate, chain
from pathlib import Path

import msgspec

from sparkferry.base.zip_write import central_header, end_records, local_header
from sparkferry.errors import ExternalError
from sparkferry.layers.packages.contents import Item
from sparkferry.progress import QUIET, Progress

_BLOCK = 256 * 1024
"""Bytes that are copied at once: they stay in the processor's cache until their digest is computed."""

_THREADS = 2
"""More do not copy faster: memory is what they wait for."""

_AHEAD = 16
"""Blocks that are in memory at once."""


class _Range(msgspec.Struct, frozen=True):
    """Bytes of a wheel."""

    wheel: Path
    start: int
    end: int


_Piece = bytes | _Range


class _Block(msgspec.Struct, frozen=True):
    """Pieces that are written together, all ranges among them of one wheel, in rising order."""

    offset: int
    """Where they begin in the result."""
    pieces: tuple[_Piece, ...]


def splice(items: Sequence[Item], target: Path, progress: Progress = QUIET) -> str:
    """Write the zip archive of the ``items`` to ``target`` and return its SHA-256, in hexadecimal.

    :raises ExternalError: a wheel became shorter meanwhile.
    :raises OSError: a wheel cannot be read, or the target not be written.
    """
    heads = [local_header(item.header) for item in items]
    sizes = (len(head) + item.header.compressed for head, item in zip(heads, items, strict=True))
    *offsets, end = accumulate(sizes, initial=0)
    directory = b"".join(
        central_header(item.header, offset) for item, offset in zip(items, offsets, strict=True)
    )
    tail = directory + end_records(len(items), len(directory), end)
    pieces = chain(_pieces(items, heads), [tail])
    with progress.task("packages.zip", end + len(tail)) as task, target.open("wb") as stream:
        sha256 = hashlib.sha256()
        for data in _written(_blocks(pieces), stream.fileno()):
            sha256.update(data)
            task.advance(len(data))
    return sha256.hexdigest()


def _pieces(items: Iterable[Item], heads: Iterable[bytes]) -> Iterator[_Piece]:
    for item, head in zip(items, heads, strict=True):
        yield head
        if item.made is not None:
            yield item.made
            continue
        end = item.offset + item.header.compressed
        for start in range(item.offset, end, _BLOCK):
            yield _Range(item.wheel, start, min(start + _BLOCK, end))


def _blocks(pieces: Iterable[_Piece]) -> Iterator[_Block]:
    offset = size = 0
    waiting: list[_Piece] = []
    first: _Range | None = None
    for piece in pieces:
        if size >= _BLOCK or (isinstance(piece, _Range) and first and not _is_near(first, piece)):
            yield _Block(offset, tuple(waiting))
            offset, size, waiting, first = offset + size, 0, [], None
        waiting.append(piece)
        size += _length(piece)
        if isinstance(piece, _Range):
            first = first or piece
    yield _Block(offset, tuple(waiting))


def _length(piece: _Piece) -> int:
    return piece.end - piece.start if isinstance(piece, _Range) else len(piece)


def _is_near(first: _Range, piece: _Range) -> bool:
    """Whether reading both at once reads no more than a block."""
    return first.wheel == piece.wheel and 0 <= piece.end - first.start <= _BLOCK


def _written(blocks: Iterable[_Block], target: int) -> Iterator[bytes]:
    """Write the blocks by several threads and yield the bytes of each, in order."""
    with ThreadPoolExecutor(_THREADS, "splice") as pool:
        waiting = deque[Future[bytes]]()
        for block in blocks:
            waiting.append(pool.submit(_write, block, target))
            if len(waiting) == _AHEAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _write(block: _Block, target: int) -> bytes:
    data = b"".join(_filled(block.pieces))
    rest, offset = memoryview(data), block.offset
    while rest:
        count = os.pwrite(target, rest, offset)
        rest, offset = rest[count:], offset + count
    return data


def _filled(pieces: Sequence[_Piece]) -> Iterator[bytes | memoryview]:
    """Yield the bytes of each piece; those of the wheel are read at once, with what is between them."""
    ranges = [piece for piece in pieces if isinstance(piece, _Range)]
    base = ranges[0].start if ranges else 0
    old = memoryview(_read(ranges[0].wheel, base, ranges[-1].end) if ranges else b"")
    for piece in pieces:
        yield old[piece.start - base : piece.end - base] if isinstance(piece, _Range) else piece


def _read(wheel: Path, start: int, end: int) -> bytes:
    with wheel.open("rb", buffering=0) as stream:
        data = os.pread(stream.fileno(), end - start, start)
    if len(data) < end - start:
        raise ExternalError(
            f"could not pack `{wheel.name}`: it ends before byte {end}",
            hint="the file changed after it was verified: run `sparkferry gc`, and try again",
        )
    return data
