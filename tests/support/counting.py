"""A store that counts what is asked of another: requests and bytes by operation."""

import io
from collections.abc import Iterator
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, BinaryIO

import msgspec

from sparkferry.progress import QUIET, Progress
from sparkferry.store.api import Entry, Store

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer


class Count(msgspec.Struct, frozen=True):
    """What one operation has cost."""

    requests: int = 0
    bytes: int = 0
    """Of the objects' content, in either direction."""


class CountingStore:
    """Passes everything on to ``store`` and counts it; safe to use from several threads."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._counts: dict[str, Count] = {}
        self._lock = Lock()

    @property
    def url(self) -> str:
        """Where the counted store is."""
        return self._store.url

    @property
    def counts(self) -> dict[str, Count]:
        """The counts up to now, by the operation's name."""
        with self._lock:
            return dict(self._counts)

    def uri(self, key: str) -> str:
        """Return the address of ``key``; costs nothing."""
        return self._store.uri(key)

    def put(self, key: str, data: bytes) -> bool:
        """Create ``key``; bytes count if it was created."""
        created = self._store.put(key, data)
        self._count("put", len(data) if created else 0)
        return created

    def put_file(self, key: str, source: Path, progress: Progress = QUIET) -> bool:
        """Create ``key`` from a file; bytes count if it was created."""
        size = source.stat().st_size if source.is_file() else 0
        created = self._store.put_file(key, source, progress)
        self._count("put_file", size if created else 0)
        return created

    def get(self, key: str) -> bytes:
        """Return the content of ``key``."""
        data = self._store.get(key)
        self._count("get", len(data))
        return data

    def open(self, key: str) -> BinaryIO:
        """Return a stream of ``key``; bytes count as they are read."""
        stream = self._store.open(key)
        self._count("open", 0)
        return io.BufferedReader(_CountedStream(stream, self))

    def fetch(self, key: str, destination: Path, progress: Progress = QUIET) -> None:
        """Write the content of ``key`` to a file."""
        self._store.fetch(key, destination, progress)
        self._count("fetch", destination.stat().st_size)

    def list(self, prefix: str = "") -> Iterator[Entry]:
        """Yield the entries below ``prefix``; one request, when the first is asked for."""
        self._count("list", 0)
        yield from self._store.list(prefix)

    def exists(self, key: str) -> bool:
        """Return whether ``key`` is there."""
        self._count("exists", 0)
        return self._store.exists(key)

    def delete(self, key: str) -> None:
        """Remove ``key``."""
        self._store.delete(key)
        self._count("delete", 0)

    def read(self, size: int) -> None:
        """Count ``size`` bytes that were read from an open stream."""
        self._count("open", size, requests=0)

    def _count(self, operation: str, size: int, requests: int = 1) -> None:
        with self._lock:
            before = self._counts.get(operation, Count())
            self._counts[operation] = Count(before.requests + requests, before.bytes + size)


class _CountedStream(io.RawIOBase):
    def __init__(self, stream: BinaryIO, store: CountingStore) -> None:
        self._stream = stream
        self._store = store

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return self._stream.seekable()

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._stream.seek(offset, whence)

    def readinto(self, buffer: "WriteableBuffer") -> int:
        view = memoryview(buffer).cast("B")
        data = self._stream.read(len(view))
        view[: len(data)] = data
        self._store.read(len(data))
        return len(data)

    def close(self) -> None:
        self._stream.close()
        super().close()
