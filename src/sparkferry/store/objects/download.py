"""A large object into a file, in ranges that are read one beside the other."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from sparkferry.http.client import WORKERS
from sparkferry.http.retry import AgainError, Retry
from sparkferry.progress import Task
from sparkferry.store.objects.connection import Connection

RANGE = 8 << 20
"""Bytes that are asked for at a time."""


def download(connection: Connection, name: str, size: int, file: int, task: Task) -> None:
    """Write the object's ``size`` bytes to the open ``file``.

    :raises ExternalError: it cannot be read.
    :raises OSError: the file cannot be written.
    """
    spans = [(start, min(start + RANGE, size)) for start in range(0, size, RANGE)]

    def fetch(span: tuple[int, int]) -> None:
        _Range(connection, name, file, task).run(*span)

    if len(spans) <= 1:
        for span in spans:
            fetch(span)
        return
    with ThreadPoolExecutor(WORKERS) as pool:
        for _ in pool.map(fetch, spans):
            pass


class _Range:
    def __init__(self, connection: Connection, name: str, file: int, task: Task) -> None:
        self._connection, self._name, self._file, self._task = connection, name, file, task
        self._written = 0

    def run(self, start: int, stop: int) -> None:
        client = self._connection.client
        call = self._connection.service.read(self._name, (start, stop))
        retry = Retry(call.action, client.clock, client.network.attempts)
        while start < stop:
            before = start
            try:
                start = self._write(start, stop)
            except AgainError as error:
                start = self._written
                if start > before:
                    retry.progressed()
                retry.wait(error)

    def _write(self, start: int, stop: int) -> int:
        """Write what comes from ``start`` on, and return how far it reached: to ``stop``."""
        self._written = start
        for data in self._read(start, stop):
            os.pwrite(self._file, data, self._written)
            self._written += len(data)
            self._task.advance(len(data))
        if self._written < stop:
            raise AgainError("the service ended the connection too early")
        return self._written

    def _read(self, start: int, stop: int) -> Iterator[bytes]:
        call = self._connection.service.read(self._name, (start, stop))
        with self._connection.opened(call) as response:
            if not response.is_success:
                answer = self._connection.client.read(call, response)
                raise self._connection.refusal("read", call, answer)
            for data in self._connection.chunks(call, response):
                yield data[: stop - start]
                start += len(data)
