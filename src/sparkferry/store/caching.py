"""A store that remembers of another what can never change: objects are created once and never overwritten."""

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from sparkferry.files import sha256_bytes
from sparkferry.progress import QUIET, Progress
from sparkferry.store.api import Entry, Store
from sparkferry.store.errors import NotFoundError

REMEMBERED_BYTES = 1 << 20
"""Size up to which an object's content is remembered: records are far smaller, layers larger."""


class CachingStore:
    """Passes on to ``store`` what it does not know: which keys exist, and the content of small objects.

    With ``local``, a store nearer by, content is remembered from one command to the next. A key that
    another process deletes is remembered as existing until this object goes; absence is never remembered.
    """

    def __init__(self, store: Store, local: Store | None = None) -> None:
        self._store = store
        self._local = local
        self._known: set[str] = set()
        self._content: dict[str, bytes] = {}

    @property
    def url(self) -> str:
        """Where the remembered store is."""
        return self._store.url

    def uri(self, key: str) -> str:
        """Return the address of ``key`` in the remembered store."""
        return self._store.uri(key)

    def put(self, key: str, data: bytes) -> bool:
        """Create ``key`` in the remembered store."""
        created = self._store.put(key, data)
        self._known.add(key)
        return created

    def put_file(self, key: str, source: Path, progress: Progress = QUIET) -> bool:
        """Create ``key`` in the remembered store; always asked of it, since that renews its age."""
        created = self._store.put_file(key, source, progress)
        self._known.add(key)
        return created

    def get(self, key: str) -> bytes:
        """Return the content of ``key``, remembered or not."""
        if key not in self._content:
            data = self._recall(key)
            if len(data) > REMEMBERED_BYTES:
                return data
            self._content[key] = data
            self._known.add(key)
        return self._content[key]

    def open(self, key: str) -> BinaryIO:
        """Return a stream of ``key`` in the remembered store."""
        return self._store.open(key)

    def fetch(self, key: str, destination: Path, progress: Progress = QUIET) -> None:
        """Write the content of ``key`` in the remembered store to a file."""
        self._store.fetch(key, destination, progress)

    def list(self, prefix: str = "") -> Iterator[Entry]:
        """Yield the entries of the remembered store, as they are now."""
        return self._store.list(prefix)

    def exists(self, key: str) -> bool:
        """Return whether ``key`` is there, or was when this object last saw it."""
        if key not in self._known and self._store.exists(key):
            self._known.add(key)
        return key in self._known

    def delete(self, key: str) -> None:
        """Remove ``key`` from the remembered store and from memory."""
        self._known.discard(key)
        self._content.pop(key, None)
        if self._local:
            self._local.delete(self._near(key))
        self._store.delete(key)

    def _recall(self, key: str) -> bytes:
        if self._local is None:
            return self._store.get(key)
        try:
            return self._local.get(self._near(key))
        except NotFoundError:
            data = self._store.get(key)
        if len(data) <= REMEMBERED_BYTES:
            self._local.put(self._near(key), data)
        return data

    def _near(self, key: str) -> str:
        """Return the key under which ``local`` keeps ``key``: apart from the keys of other stores."""
        name = f"{self.url}\n{key}".encode("utf-8", "surrogatepass")
        return f"objects/{sha256_bytes(name)}"
