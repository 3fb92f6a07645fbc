"""Large files, in a resumable upload ("Resumable uploads"): one chunk after the other, as the API wants."""

import os
from contextlib import AbstractContextManager
from pathlib import Path

from sparkferry.http.message import Response
from sparkferry.http.meter import Meter
from sparkferry.http.retry import AgainError, Retry
from sparkferry.progress import Progress
from sparkferry.store.gcs.service import GcsService
from sparkferry.store.objects.connection import Connection
from sparkferry.store.objects.creation import Creation
from sparkferry.store.objects.memo import UploadMemo
from sparkferry.store.objects.upload import read_span

CHUNK = 16 << 20
"""Bytes of a chunk: a multiple of 256 KiB."""

_LOST = frozenset({404, 410})
"""After these an upload has to be begun anew."""


class ResumableUploader:
    """See :class:`~sparkferry.store.objects.upload.Uploader`."""

    def __init__(self, connection: Connection, service: GcsService, memo: UploadMemo) -> None:
        self._connection, self._service, self._memo = connection, service, memo

    def alone(self, name: str, source: Path) -> AbstractContextManager[None]:
        """See :class:`~sparkferry.store.objects.upload.Uploader`."""
        return self._memo.lock(self._memo.key(self._service.url, name, source))

    def upload(self, name: str, source: Path, progress: Progress) -> bool:
        """Send the file, from where an earlier command came to."""
        key = self._memo.key(self._service.url, name, source)
        size = source.stat().st_size
        known = self._memo.recall(key)
        arrived = self._arrived(name, known.upload) if known else None
        mark = known.mark if known else os.urandom(8).hex()
        session = known.upload if known and arrived is not None else self._begin(name, size, mark)
        self._memo.remember(key, session, mark)
        with progress.task(source.name, size) as task:
            sending = _Sending(self._connection, self._service, (name, session), source)
            answer = sending.run(arrived or 0, Meter(task))
        self._memo.forget(key)
        if self._service.meaning(answer) == "done":
            return True
        if answer.status in _LOST or self._service.meaning(answer) == "taken":
            return Creation(self._connection, name, mark).is_mine()
        raise self._connection.refusal("write", self._service.look(name), answer)

    def _begin(self, name: str, size: int, mark: str) -> str:
        call = self._service.begin(name, size, mark)
        answer = self._connection.ask(call)
        location = answer.headers.get("location")
        if not answer.ok or not location:
            raise self._connection.refusal("write", call, answer)
        return location

    def _arrived(self, name: str, session: str) -> int | None:
        answer = self._connection.ask(self._service.ask(name, session))
        return self._service.arrived(answer)


class _Sending:
    def __init__(
        self,
        connection: Connection,
        service: GcsService,
        place: tuple[str, str],
        source: Path,
    ) -> None:
        self._connection, self._service = connection, service
        self._name, self._session = place
        self._source, self._size = source, source.stat().st_size

    def run(self, start: int, meter: Meter) -> Response:
        """Send what is left from ``start`` on, and return the answer that is not about another chunk."""
        client = self._connection.client
        action = f"write `{self._service.url}/{self._name}`"
        retry = Retry(action, client.clock, client.network.attempts)
        while True:
            meter.at(start)
            try:
                answer = self._send(start)
            except AgainError as error:
                retry.wait(error)
                answer = self._connection.ask(self._service.ask(self._name, self._session))
            arrived = self._service.arrived(answer)
            if arrived is None:
                meter.at(self._size)
                return answer
            if arrived > start:
                retry.progressed()
            start = arrived

    def _send(self, start: int) -> Response:
        stop = min(start + CHUNK, self._size)
        call = self._service.send(
            self._name,
            self._session,
            (start, stop, self._size),
            lambda: read_span(self._source, start, stop - start),
        )
        return self._connection.attempt(call)
