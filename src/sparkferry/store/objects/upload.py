"""How large files are sent: the interface, and uploads in parts."""

import os
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from hashlib import new
from pathlib import Path
from typing import Protocol

from sparkferry.errors import ExternalError
from sparkferry.http.client import WORKERS
from sparkferry.progress import Progress, Task
from sparkferry.store.objects.connection import Connection
from sparkferry.store.objects.creation import Creation
from sparkferry.store.objects.memo import UploadMemo
from sparkferry.store.objects.service import Part, PartService

_PIECE = 1 << 18
"""Bytes that each of several parts has in memory."""


class Uploader(Protocol):
    """Sends large files."""

    def alone(self, name: str, source: Path) -> AbstractContextManager[None]:
        """Wait until no other process of this machine sends the file, and let none begin in the block."""
        ...

    def upload(self, name: str, source: Path, progress: Progress) -> bool:
        """Create the object ``name`` from a file if it is absent; return whether it was created.

        To be called :meth:`alone`.

        :raises ExternalError: the service refuses, or stays out of reach.
        :raises OSError: the file cannot be read.
        """
        ...


class PartUploader:
    """Sends parts one beside the other; what arrived before a client was killed is not sent again."""

    def __init__(self, connection: Connection, service: PartService, memo: UploadMemo) -> None:
        self._connection, self._service, self._memo = connection, service, memo

    def alone(self, name: str, source: Path) -> AbstractContextManager[None]:
        """See :class:`Uploader`."""
        return self._memo.lock(self._memo.key(self._service.url, name, source))

    def upload(self, name: str, source: Path, progress: Progress) -> bool:
        """See :class:`Uploader`."""
        key = self._memo.key(self._service.url, name, source)
        known = self._memo.recall(key)
        mark = known.mark if known else os.urandom(8).hex()
        sent = self._sent(name, known.upload) if known else None
        upload = known.upload if known and sent is not None else self._begin(name, mark)
        self._memo.remember(key, upload, mark)
        size = source.stat().st_size
        with progress.task(source.name, size) as task:
            receipts = self._send(name, upload, source, sent or {}, task)
        call = self._service.complete(name, upload, receipts, mark)
        created = Creation(self._connection, name, mark).run(call)
        self._memo.forget(key)
        return created

    def _begin(self, name: str, mark: str) -> str:
        call = self._service.begin(name, mark)
        if call is None:
            return self._service.begun(None, mark)
        answer = self._connection.ask(call)
        if not answer.ok:
            raise self._connection.refusal("write", call, answer)
        return self._service.begun(answer, mark)

    def _sent(self, name: str, upload: str) -> Mapping[int, tuple[int, str]] | None:
        """Return what arrived of an earlier upload; None where the service does not know it any more."""
        answer = self._connection.ask(self._service.parts(name, upload))
        return self._service.sent(answer) if answer.ok else None

    def _send(
        self,
        name: str,
        upload: str,
        source: Path,
        sent: Mapping[int, tuple[int, str]],
        task: Task,
    ) -> dict[int, str]:
        stopped = threading.Event()

        def send(span: tuple[int, int, int]) -> tuple[int, str]:
            number, _, size = span
            known = sent.get(number)
            if known and known[0] == size:
                task.advance(size)
                return number, known[1]
            if stopped.is_set():
                raise ExternalError("could not go on: another part failed")
            try:
                return number, self._send_part(name, upload, source, span)
            except BaseException:
                stopped.set()
                raise
            finally:
                task.advance(size)

        spans = self._spans(source.stat().st_size)
        with ThreadPoolExecutor(WORKERS) as pool:
            return dict(pool.map(send, spans))

    def _send_part(self, name: str, upload: str, source: Path, span: tuple[int, int, int]) -> str:
        number, start, size = span
        digest = new(self._service.part_digest, usedforsecurity=False)
        for data in read_span(source, start, size):
            digest.update(data)
        part = Part(number=number, size=size, digest=digest.digest())
        call = self._service.put_part(name, upload, part, lambda: read_span(source, start, size))
        answer = self._connection.ask(call)
        if not answer.ok:
            raise self._connection.refusal("write", call, answer)
        return self._service.receipt(answer, part)

    def _spans(self, size: int) -> list[tuple[int, int, int]]:
        """Return number, start and size of each part."""
        step = max(self._service.part_size, -(-size // self._service.most_parts))
        starts = range(0, size, step)
        return [(i, start, min(step, size - start)) for i, start in enumerate(starts, 1)]


def read_span(source: Path, start: int, size: int) -> Iterator[bytes]:
    """Yield ``size`` bytes of a file.

    :raises ExternalError: it has not so many any more.
    """
    with source.open("rb") as stream:
        stream.seek(start)
        while size:
            data = stream.read(min(_PIECE, size))
            if not data:
                raise ExternalError(f"could not read `{source}`: it became shorter meanwhile")
            yield data
            size -= len(data)
