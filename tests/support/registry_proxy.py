"""A proxy before a real registry: it notes what is asked, and does harm to order."""

import http.client
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

_HELLO = b"\x16"
"""How TLS begins."""
_SKIPPED = {"connection", "transfer-encoding", "keep-alive"}


@dataclass
class Fault:
    """Harm to requests of ``method`` whose path matches ``path``; done ``times`` times, later none.

    ``kind`` is a status to answer with in place of the registry, or one of: ``drop`` (close before the
    registry hears of it), ``deaf`` (close when the registry has answered), ``half`` (half of the answer's
    body), ``corrupt`` (other bytes of the same length), ``longer`` (more bytes than there are), or
    a function of the registry's answer ``(status, headers, body)`` that returns another one.
    """

    method: str
    path: str
    kind: int | str | Callable[[int, dict[str, str], bytes], tuple[int, dict[str, str], bytes]]
    times: int = 1
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    after: int = 0
    """Requests that are let through before."""


@dataclass(frozen=True)
class Asked:
    """One request."""

    method: str
    path: str
    headers: dict[str, str]
    size: int
    status: int


class Proxy:
    """What it is, and what it saw. ``before`` is called with each request's method and path."""

    def __init__(self, upstream: str) -> None:
        self.upstream = upstream
        self.host = ""
        self.faults: list[Fault] = []
        self.asked: list[Asked] = []
        self.before: Callable[[str, str], object] = lambda method, path: None
        self._lock = threading.Lock()

    def methods(self, path: str = "") -> list[str]:
        """Return the methods of requests whose path matches ``path``, in order."""
        return [it.method for it in self.asked if re.search(path, it.path)]

    def note(self, asked: Asked) -> None:
        with self._lock:
            self.asked.append(asked)

    def fault(self, method: str, path: str) -> Fault | None:
        with self._lock:
            for fault in self.faults:
                if fault.method == method and re.search(fault.path, path) and fault.times:
                    if fault.after:
                        fault.after -= 1
                        return None
                    fault.times -= 1
                    return fault
        return None


@contextmanager
def proxying(upstream: str) -> Iterator[Proxy]:
    """Start a proxy before the registry at ``upstream``; it is gone with the block."""
    proxy = Proxy(upstream)

    class Handler(_Handler):
        pass

    Handler.proxy = proxy
    with serving(Handler) as host:
        proxy.host = host
        yield proxy


@contextmanager
def serving(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    """Serve with ``handler`` on a free port; yield host and port."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield f"127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


class PlainHandler(BaseHTTPRequestHandler):
    """Answers who begins with TLS as other servers do: with an error in plain text."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1  # headers and body in one packet: else each answer waits for an acknowledgement
    disable_nagle_algorithm = True

    def handle_one_request(self) -> None:
        try:
            if self.rfile.peek(1)[:1] == _HELLO:
                self.wfile.write(b"HTTP/1.0 400 Bad Request\r\n\r\n")
                self.close_connection = True
                return
            super().handle_one_request()
        except ConnectionError:
            self.close_connection = True

    def answer(self, status: int, headers: dict[str, str], body: bytes, length: int = -1) -> None:
        self.send_response_only(status)
        for name, value in headers.items():
            if name.lower() != "content-length":
                self.send_header(name, value)
        size = str(len(body) if length < 0 else length)
        if self.command == "HEAD":
            size = {k.lower(): v for k, v in headers.items()}.get("content-length", size)
        self.send_header("Content-Length", size)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - named by http.server
        pass


class _Handler(PlainHandler):
    proxy: Proxy

    def _do(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.proxy.before(self.command, self.path)
        fault = self.proxy.fault(self.command, self.path)
        status, headers, answer = 0, {}, b""
        if fault is None or not (isinstance(fault.kind, int) or fault.kind == "drop"):
            status, headers, answer = self._forward(body)
        elif isinstance(fault.kind, int):
            status, headers, answer = fault.kind, fault.headers, fault.body
        if callable(getattr(fault, "kind", None)):
            status, headers, answer = fault.kind(status, headers, answer)
        self.proxy.note(Asked(self.command, self.path, dict(self.headers), len(body), status))
        self._harm(getattr(fault, "kind", None), status, headers, answer)

    def _harm(self, kind: Any, status: int, headers: dict[str, str], body: bytes) -> None:
        if kind in {"drop", "deaf"} or not status:
            self.close_connection = True
        elif kind == "half":
            self.answer(status, headers, body[: len(body) // 2], length=len(body))
            self.close_connection = True
        elif kind == "corrupt":
            self.answer(status, headers, bytes(255 - byte for byte in body))
        elif kind == "longer":
            self.answer(status, headers, body + b"more")
        else:
            self.answer(status, headers, body)

    def _forward(self, body: bytes) -> tuple[int, dict[str, str], bytes]:
        connection = http.client.HTTPConnection(self.proxy.upstream, timeout=60)
        try:
            connection.request(self.command, self.path, body, dict(self.headers))
            answer = connection.getresponse()
            headers = {k: v for k, v in answer.getheaders() if k.lower() not in _SKIPPED}
            return answer.status, headers, answer.read()
        except (OSError, http.client.HTTPException):
            return 0, {}, b""
        finally:
            connection.close()

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = _do  # noqa: N815 - http.server's
