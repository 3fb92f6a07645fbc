"""A store in a directory of this machine, or of a network file system that has hard links."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, BinaryIO

from sparkferry.files import CHUNK, replacing
from sparkferry.progress import QUIET, Progress
from sparkferry.store.api import Entry
from sparkferry.store.directory.staging import Staging
from sparkferry.store.directory.walk import ABSENT, entries
from sparkferry.store.errors import not_found, world_error
from sparkferry.store.keys import check_key


class DirectoryStore:
    """The directory ``root`` as a store; it is created with its first object.

    An object is a read-only file; its key is its path. So a key cannot be the beginning of another.
    ``ignored`` is a directory that git shall never see: it gets a ``.gitignore`` with the first object.
    """

    def __init__(self, root: Path, ignored: Path | None = None) -> None:
        self.root = root.absolute()
        self._staging = Staging(self.root, ignored)

    @property
    def url(self) -> str:
        """The directory's absolute path."""
        return str(self.root)

    def uri(self, key: str) -> str:
        """Return the file's URL, percent-encoded, as ``file:///data/my%20store/key``."""
        return self._path(key).as_uri()

    def put(self, key: str, data: bytes) -> bool:
        """Create ``key`` with ``data`` if it is absent; return whether it was created."""
        path = self._path(key)
        with _telling("write", path), self._staging.staged(path.name) as staged:
            staged.write_bytes(data)
            return self._staging.place(staged, path)

    def put_file(self, key: str, source: Path, progress: Progress = QUIET) -> bool:
        """Create ``key`` from a complete file if it is absent; return whether it was created.

        A read-only file is taken for immutable, as those of the cache are, and linked where the file
        system allows it.
        """
        path = self._path(key)
        with _telling("read", source), source.open("rb") as stream, _telling("write", path):
            if self.exists(key):
                return False
            placed = self._staging.place_linked(source, path)
            return self._copy(stream, path, progress) if placed is None else placed

    def get(self, key: str) -> bytes:
        """Return the whole content of ``key``."""
        with self.open(key) as stream, _telling("read", self._path(key)):
            return stream.read()

    def open(self, key: str) -> BinaryIO:
        """Return a stream of the content of ``key``; the caller closes it."""
        path = self._path(key)
        with _telling("read", path):
            try:
                return path.open("rb")
            except (*ABSENT, IsADirectoryError) as error:
                raise not_found(key, self.url) from error

    def fetch(self, key: str, destination: Path, progress: Progress = QUIET) -> None:
        """Write the content of ``key`` to the file ``destination``, whole or not at all."""
        with (
            self.open(key) as source,
            _telling("write", destination),
            replacing(destination) as sink,
        ):
            copy(source, sink, os.fstat(source.fileno()).st_size, progress, destination.name)

    def list(self, prefix: str = "") -> Iterator[Entry]:
        """Yield the entries whose key begins with ``prefix``, sorted by key."""
        with _telling("list", self.root):
            yield from entries(self.root, prefix)

    def exists(self, key: str) -> bool:
        """Return whether ``key`` is there."""
        path = self._path(key)
        with _telling("look at", path), suppress(*ABSENT):
            return stat.S_ISREG(path.stat().st_mode)
        return False

    def delete(self, key: str) -> None:
        """Remove ``key``, and the directories that it leaves empty; nothing where it is absent."""
        path = self._path(key)
        with _telling("delete", path), suppress(*ABSENT):
            path.unlink()
        with suppress(OSError):
            for parent in path.relative_to(self.root).parents[:-1]:
                (self.root / parent).rmdir()

    def _path(self, key: str) -> Path:
        return self.root / check_key(key)

    def _copy(self, stream: BinaryIO, path: Path, progress: Progress) -> bool:
        with self._staging.staged(path.name) as staged:
            with staged.open("wb") as sink:
                copy(stream, sink, os.fstat(stream.fileno()).st_size, progress, path.name)
            return self._staging.place(staged, path)


@contextmanager
def _telling(action: str, path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise world_error(action, str(path), error) from error


def copy(source: IO[bytes], sink: IO[bytes], size: int, progress: Progress, title: str) -> None:
    """Copy ``source`` to ``sink`` to its end; ``size`` is what to expect, in bytes."""
    with progress.task(title, size) as task:
        while chunk := source.read(CHUNK):
            sink.write(chunk)
            task.advance(len(chunk))
