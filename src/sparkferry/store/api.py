"""The interface of a store, alone."""

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Protocol

import msgspec

from sparkferry.progress import QUIET, Progress


class Entry(msgspec.Struct, frozen=True):
    """One object of a store."""

    key: str
    size: int
    """In bytes."""
    modified: float
    """Seconds since the epoch."""


class Store(Protocol):
    """Objects by key, created once and never overwritten.

    Keys are relative POSIX paths without ``.`` and ``..`` parts. Every method raises
    :class:`sparkferry.errors.ExternalError` where the store cannot be reached, and
    ``get``, ``open`` and ``fetch`` raise :class:`sparkferry.store.errors.NotFoundError` for an absent key.
    """

    @property
    def url(self) -> str:
        """Where the store is, as the user would write it, without credentials."""
        ...

    def uri(self, key: str) -> str:
        """Return the address under which Spark reads ``key`` (``file:///…``, ``gs://…``)."""
        ...

    def put(self, key: str, data: bytes) -> bool:
        """Create ``key`` with ``data`` if it is absent; return whether it was created. Atomic."""
        ...

    def put_file(self, key: str, source: Path, progress: Progress = QUIET) -> bool:
        """Create ``key`` from a complete file if it is absent; return whether it was created. Atomic."""
        ...

    def get(self, key: str) -> bytes:
        """Return the whole content of ``key``."""
        ...

    def open(self, key: str) -> BinaryIO:
        """Return a stream of the content of ``key``; the caller closes it."""
        ...

    def fetch(self, key: str, destination: Path, progress: Progress = QUIET) -> None:
        """Write the content of ``key`` to the file ``destination``, whole or not at all."""
        ...

    def list(self, prefix: str = "") -> Iterator[Entry]:
        """Yield the entries whose key begins with ``prefix``, sorted by key."""
        ...

    def exists(self, key: str) -> bool:
        """Return whether ``key`` is there."""
        ...

    def delete(self, key: str) -> None:
        """Remove ``key``; nothing happens where it is absent."""
        ...
