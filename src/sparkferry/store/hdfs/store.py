"""A store in HDFS, through hdfs-native."""

import io
import os
import posixpath
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO
from urllib.parse import quote

from sparkferry.errors import of_system
from sparkferry.files import CHUNK, replacing
from sparkferry.progress import QUIET, Progress
from sparkferry.store.api import Entry
from sparkferry.store.errors import not_found
from sparkferry.store.hdfs.errors import ABSENT, is_absent, telling
from sparkferry.store.keys import check_key, key_problem, may_begin

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer
    from hdfs_native import Client, FileStatus

STAGING = ".staging"
STAGING_SECONDS = 86_400.0
"""Age from which a staged file is taken for what a killed writer left."""


class HdfsStore:
    """See :class:`~sparkferry.store.api.Store`: the files below ``root``, a path of the file system ``url``.

    A file is written below ``.staging`` and renamed, which HDFS does at once, and never over another file.
    """

    def __init__(self, client: "Client", url: str, root: str) -> None:
        self._client, self._base, self._root = client, url, root.rstrip("/")
        self._ready = False

    @property
    def url(self) -> str:
        """The root's URL."""
        return f"{self._base}{self._root}"

    def uri(self, key: str) -> str:
        """Return the address under which Spark reads ``key``, percent-encoded."""
        return f"{self._base}{quote(self._path(key))}"

    def put(self, key: str, data: bytes) -> bool:
        """Create ``key`` with ``data`` if it is absent; return whether it was created."""
        return self._place(self._path(key), io.BytesIO(data), lambda _: None)

    def put_file(self, key: str, source: Path, progress: Progress = QUIET) -> bool:
        """Create ``key`` from a complete file if it is absent; return whether it was created."""
        path = self._path(key)
        try:
            size = source.stat().st_size
            with source.open("rb") as stream:
                if self._is_file(path):
                    return False
                with progress.task(source.name, size) as task:
                    return self._place(path, stream, task.advance)
        except OSError as error:
            raise of_system(error) from error

    def get(self, key: str) -> bytes:
        """Return the whole content of ``key``."""
        with self.open(key) as stream:
            return stream.read()

    def open(self, key: str) -> BinaryIO:
        """Return a stream of the content of ``key``; the caller closes it."""
        path = self._path(key)
        with telling("read", path):
            try:
                return io.BufferedReader(_Stream(self._client, path), CHUNK)
            except ABSENT as error:
                if is_absent(error):
                    raise not_found(key, self.url) from None
                raise

    def fetch(self, key: str, destination: Path, progress: Progress = QUIET) -> None:
        """Write the content of ``key`` to the file ``destination``, whole or not at all."""
        with self.open(key) as source:
            try:
                with replacing(destination) as sink:
                    size = source.seek(0, io.SEEK_END)
                    source.seek(0)
                    with progress.task(destination.name, size) as task:
                        while data := source.read(CHUNK):
                            sink.write(data)
                            task.advance(len(data))
            except OSError as error:
                raise of_system(error) from error

    def list(self, prefix: str = "") -> Iterator[Entry]:
        """Yield the entries whose key begins with ``prefix``, sorted by key."""
        if not may_begin(prefix):
            return
        folder, slash, start = prefix.rpartition("/")
        yield from self._below(folder + slash, start)

    def exists(self, key: str) -> bool:
        """Return whether ``key`` is there."""
        return self._is_file(self._path(key))

    def delete(self, key: str) -> None:
        """Remove ``key``; nothing happens where it is absent."""
        path = self._path(key)
        if self._is_file(path):
            with telling("delete", path):
                self._client.delete(path)

    def _path(self, key: str) -> str:
        return f"{self._root}/{check_key(key)}"

    def _is_file(self, path: str) -> bool:
        found = self._status(path)
        return found is not None and not found.isdir

    def _status(self, path: str) -> "FileStatus | None":
        with telling("read", path):
            try:
                return self._client.get_file_info(path)
            except ABSENT as error:
                if is_absent(error):
                    return None
                raise

    def _place(self, path: str, source: BinaryIO, advance: Callable[[int], None]) -> bool:
        staged = f"{self._root}/{STAGING}/{os.urandom(12).hex()}"
        with telling("write", path):
            self._sweep()
            try:
                with self._client.create(staged) as sink:
                    while data := source.read(CHUNK):
                        sink.write(data)
                        advance(len(data))
                return self._rename(staged, path)
            finally:
                # Nothing is there where it was renamed; a writer that is killed leaves it to the next.
                self._client.delete(staged)

    def _rename(self, staged: str, path: str) -> bool:
        for attempt in (1, 2):
            try:
                self._client.rename(staged, path)
            except FileExistsError:
                if self._is_file(path):
                    return False
                raise
            except FileNotFoundError:
                if attempt == 2:
                    raise
                self._client.mkdirs(posixpath.dirname(path), create_parent=True)
            else:
                return True
        return False

    def _sweep(self) -> None:
        """Remove what writers left that were killed, once a store."""
        if self._ready:
            return
        self._ready = True
        oldest = (time.time() - STAGING_SECONDS) * 1000
        for name, status in self._names(f"{STAGING}/").items():
            if status.modification_time < oldest:
                self._client.delete(f"{self._root}/{STAGING}/{name}")

    def _below(self, folder: str, start: str) -> Iterator[Entry]:
        found = self._names(folder)
        for name in sorted(found):
            status, key = found[name], folder + name
            if not name.startswith(start) or key_problem(key.rstrip("/")):
                continue
            if status.isdir:
                yield from self._below(key, "")
            else:
                yield Entry(key, status.length, status.modification_time / 1000)

    def _names(self, folder: str) -> "dict[str, FileStatus]":
        """Return what a folder holds; directories with a slash, so that they sort as their keys do."""
        path = f"{self._root}/{folder}".rstrip("/") or "/"
        with telling("list", path):
            try:
                found = list(self._client.list_status(path))
            except ABSENT as error:
                if is_absent(error):
                    return {}
                raise
        return {posixpath.basename(x.path) + "/" * x.isdir: x for x in found if x.path != path}


class _Stream(io.RawIOBase):
    """hdfs-native's reader, with what buffers want of a raw stream."""

    def __init__(self, client: "Client", path: str) -> None:
        self._path, self._reader = path, client.read(path)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        size = len(self._reader)
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._reader.tell(), io.SEEK_END: size}[whence]
        # hdfs-native refuses to go beyond the end.
        self._reader.seek(min(base + offset, size))
        return self._reader.tell()

    def readinto(self, buffer: "WriteableBuffer") -> int:
        view = memoryview(buffer).cast("B")
        with telling("read", self._path):
            data = self._reader.read(len(view))
        view[: len(data)] = data
        return len(data)
