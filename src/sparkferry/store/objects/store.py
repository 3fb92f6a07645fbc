"""A store behind HTTP."""

import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote

from sparkferry.errors import of_system
from sparkferry.files import CHUNK, replacing
from sparkferry.http.message import Request, Response
from sparkferry.http.retry import AgainError
from sparkferry.progress import QUIET, Progress
from sparkferry.store.api import Entry
from sparkferry.store.errors import not_found
from sparkferry.store.keys import check_key, key_problem, may_begin
from sparkferry.store.objects.connection import Connection
from sparkferry.store.objects.creation import Creation
from sparkferry.store.objects.download import download
from sparkferry.store.objects.service import Head
from sparkferry.store.objects.stream import ObjectStream
from sparkferry.store.objects.upload import Uploader

SMALL = 8 << 20
"""Bytes of a file that goes as one request."""


class ObjectStore:
    """See :class:`~sparkferry.store.api.Store`.

    Its objects are those below ``prefix``, which ends with a slash or is empty. ``uploader`` sends files
    of more than :data:`SMALL` bytes.
    """

    def __init__(self, connection: Connection, prefix: str, uploader: Uploader) -> None:
        self._connection, self._prefix, self._uploader = connection, prefix, uploader
        self._service = connection.service

    @property
    def url(self) -> str:
        """The bucket and the prefix."""
        return f"{self._service.url}/{self._prefix}".rstrip("/")

    def uri(self, key: str) -> str:
        """Return the address under which Spark reads ``key``, percent-encoded."""
        return f"{self._service.spark_url}/{quote(self._name(key))}"

    def put(self, key: str, data: bytes) -> bool:
        """Create ``key`` with ``data`` if it is absent; return whether it was created."""
        return self._create(self._name(key), data)

    def put_file(self, key: str, source: Path, progress: Progress = QUIET) -> bool:
        """Create ``key`` from a complete file if it is absent; return whether it was created.

        What was sent before a client was killed is not sent again.
        """
        name = self._name(key)
        try:
            size = source.stat().st_size
            if size > SMALL:
                return self._upload(name, source, progress)
            data = source.read_bytes()
        except OSError as error:
            raise of_system(error) from error
        with progress.task(source.name, size) as task:
            created = self._create(name, data)
            task.advance(size)
            return created

    def get(self, key: str) -> bytes:
        """Return the whole content of ``key``."""
        call = self._service.read(self._name(key))
        return self._connection.persist(call.action, lambda: self._whole(key, call))

    def open(self, key: str) -> BinaryIO:
        """Return a stream of the content of ``key``; the caller closes it."""
        name = self._name(key)
        stream = ObjectStream(
            self._connection, name, lambda call, answer: self._unread(key, call, answer)
        )
        stream.begin()
        return io.BufferedReader(stream, CHUNK)

    def fetch(self, key: str, destination: Path, progress: Progress = QUIET) -> None:
        """Write the content of ``key`` to the file ``destination``, whole or not at all.

        Large objects are read in ranges, one beside the other.
        """
        name = self._name(key)
        head = self._head(name)
        if head is None:
            raise not_found(key, self.url)
        try:
            with (
                replacing(destination) as sink,
                progress.task(destination.name, head.size) as task,
            ):
                download(self._connection, name, head.size, sink.fileno(), task)
        except OSError as error:
            raise of_system(error) from error

    def list(self, prefix: str = "") -> Iterator[Entry]:
        """Yield the entries whose key begins with ``prefix``, sorted by key; a request a thousand."""
        if not may_begin(prefix):
            return
        token: str | None = None
        while True:
            call = self._service.list(self._prefix + prefix, token)
            answer = self._connection.ask(call)
            if self._service.meaning(answer) != "done":
                raise self._connection.refusal("list", call, answer)
            page = self._service.page(answer)
            for entry in page.entries:
                key = entry.key.removeprefix(self._prefix)
                if not key_problem(key):
                    yield Entry(key, entry.size, entry.modified)
            token = page.token
            if token is None:
                return

    def exists(self, key: str) -> bool:
        """Return whether ``key`` is there."""
        return self._head(self._name(key)) is not None

    def delete(self, key: str) -> None:
        """Remove ``key``; nothing happens where it is absent."""
        call = self._service.delete(self._name(key))
        answer = self._connection.ask(call)
        if self._service.meaning(answer) not in {"done", "absent"}:
            raise self._connection.refusal("delete", call, answer)

    def _name(self, key: str) -> str:
        return self._prefix + check_key(key)

    def _upload(self, name: str, source: Path, progress: Progress) -> bool:
        if self._head(name) is not None:
            return False
        with self._uploader.alone(name, source):
            return self._head(name) is None and self._uploader.upload(name, source, progress)

    def _create(self, name: str, data: bytes) -> bool:
        mark = os.urandom(8).hex()
        call = self._service.create(name, data, mark)
        return Creation(self._connection, name, mark).run(call)

    def _head(self, name: str) -> Head | None:
        call = self._service.look(name)
        answer = self._connection.ask(call)
        match self._service.meaning(answer):
            case "done":
                return self._service.head(answer)
            case "absent":
                return None
            case _:
                raise self._connection.refusal("read", call, answer)

    def _whole(self, key: str, call: Request) -> bytes:
        with self._connection.opened(call) as response:
            if not response.is_success:
                raise self._unread(key, call, self._connection.client.read(call, response))
            data = self._connection.body(call, response)
            size = response.headers.get("Content-Length")
            if size is not None and len(data) != int(size):
                raise AgainError(f"the service sent {len(data)} of {size} bytes")
            return data

    def _unread(self, key: str, call: Request, answer: Response) -> Exception:
        if self._service.meaning(answer) == "absent":
            return not_found(key, self.url)
        return self._connection.refusal("read", call, answer)
