"""An object as a stream, read from wherever the reader stands."""

import io
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING

from sparkferry.http.message import Request, Response
from sparkferry.http.retry import AgainError, Retry
from sparkferry.store.objects.connection import Connection

if TYPE_CHECKING:
    import httpx
    from _typeshed import WriteableBuffer

_PARTIAL = 206
_BEYOND = 416
"""RFC 9110, 15.5.17: there are no such bytes."""


class ObjectStream(io.RawIOBase):
    """Reads ``name``; ``refusal`` returns the error of an answer that is not the object.

    A connection that breaks is made again, from the byte that is wanted next.
    """

    def __init__(
        self, connection: Connection, name: str, refusal: Callable[[Request, Response], Exception]
    ) -> None:
        self._connection, self._name, self._refusal = connection, name, refusal
        self._position = 0
        self._size: int | None = None
        self._open = ExitStack()
        self._chunks: Iterator[bytes] | None = None
        self._rest = b""

    def begin(self) -> None:
        """Ask for the object.

        :raises NotFoundError: it is absent.
        """
        call = self._connection.service.read(self._name)
        self._connection.persist(call.action, self._ask)

    def readable(self) -> bool:
        """Return True."""
        return True

    def seekable(self) -> bool:
        """Return True."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a byte; it is asked for when it is read."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size or 0}[whence]
        if base + offset != self._position:
            self._end()
            self._position = base + offset
        return self._position

    def tell(self) -> int:
        """Return the byte that is read next."""
        return self._position

    def readinto(self, buffer: "WriteableBuffer") -> int:
        """Read some bytes."""
        view = memoryview(buffer).cast("B")
        call = self._connection.service.read(self._name)
        network = self._connection.client.network
        retry = Retry(call.action, self._connection.client.clock, network.attempts)
        while not self._rest and (self._size is None or self._position < self._size):
            try:
                self._rest = self._next()
            except AgainError as error:
                self._end()
                retry.wait(error)
        data, self._rest = self._rest[: len(view)], self._rest[len(view) :]
        view[: len(data)] = data
        self._position += len(data)
        return len(data)

    def close(self) -> None:
        """Give the connection back."""
        self._end()
        super().close()

    def _next(self) -> bytes:
        if self._chunks is None:
            self._ask()
        data = next(self._chunks or iter(()), b"")
        if not data and self._size is not None and self._position < self._size:
            raise AgainError("the service ended the connection too early")
        return data

    def _ask(self) -> None:
        span = (self._position, None) if self._position else None
        call = self._connection.service.read(self._name, span)
        response = self._open.enter_context(self._connection.opened(call))
        if response.status_code == _BEYOND:
            self._size = self._position
            self._end()
            return
        if not response.is_success:
            answer = self._connection.client.read(call, response)
            self._end()
            raise self._refusal(call, answer)
        self._size = self._size_of(response)
        self._chunks = self._connection.chunks(call, response)

    def _size_of(self, response: "httpx.Response") -> int | None:
        if response.status_code == _PARTIAL:
            total = response.headers.get("Content-Range", "").rpartition("/")[2]
            return int(total) if total.isdecimal() else None
        length = response.headers.get("Content-Length", "")
        return int(length) if length.isdecimal() else None

    def _end(self) -> None:
        self._open.close()
        self._chunks, self._rest = None, b""
