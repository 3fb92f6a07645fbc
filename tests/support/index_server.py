"""A package index on 127.0.0.1: the simple API of PEP 503, with faults to order."""

import base64
import hashlib
import html
import re
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


class Index:
    """Serves the files of a directory; ``faults`` holds, by file name, what goes wrong next.

    A fault is a status code, ``truncate``, ``drop``, ``corrupt``, ``other part`` or ``redirect:<url>``; each
    request takes one.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.login: tuple[str, str] | None = None
        self.faults: dict[str, list[int | str]] = {}
        self.requests: list[tuple[str, dict[str, str]]] = []
        self.url = ""

    @property
    def simple(self) -> str:
        return f"{self.url}/simple/"

    @property
    def downloads(self) -> list[str]:
        """Names of the files that were asked for, in order."""
        return [path.rpartition("/")[2] for path, _ in self.requests if "/files/" in path]

    def with_login(self, user: str, password: str) -> str:
        return self.simple.replace("://", f"://{user}:{password}@")


@contextmanager
def serving(directory: Path, context: ssl.SSLContext | None = None) -> Iterator[Index]:
    """Serve ``directory``; over TLS where there is a ``context``, by the name ``localhost``."""
    index = Index(directory)

    class Handler(_Handler):
        pass

    Handler.index = index
    server = _Server(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    index.url = f"http://127.0.0.1:{server.server_address[1]}"
    if context is not None:
        server.socket = context.wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
        index.url = f"https://localhost:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield index
    finally:
        server.shutdown()
        server.server_close()


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of clients that do not trust the certificate."""


class _Handler(BaseHTTPRequestHandler):
    index: Index
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.index.requests.append((self.path, dict(self.headers)))
        if not self._allowed():
            self._answer(401, b"who are you?", {"WWW-Authenticate": 'Basic realm="index"'})
        elif self.path.startswith("/simple/"):
            self._project(self.path.split("/")[2])
        else:
            self._file(self.path.rpartition("/")[2])

    do_HEAD = do_GET  # noqa: N815 - named by http.server

    def _allowed(self) -> bool:
        if self.index.login is None:
            return True
        expected = base64.b64encode(":".join(self.index.login).encode()).decode()
        return self.headers.get("Authorization") == f"Basic {expected}"

    def _project(self, name: str) -> None:
        links = [
            f'<a href="/files/{path.name}#sha256={hashlib.sha256(path.read_bytes()).hexdigest()}">'
            f"{html.escape(path.name)}</a>"
            for path in sorted(self.index.directory.iterdir())
            if re.sub(r"[-_.]+", "-", path.name.split("-")[0]).lower() == name
        ]
        body = "<!DOCTYPE html><html><body>" + "<br>".join(links) + "</body></html>"
        self._answer(200 if links else 404, body.encode(), {"Content-Type": "text/html"})

    def _file(self, name: str) -> None:
        data = (self.index.directory / name).read_bytes()
        waiting = self.index.faults.get(name)
        fault = waiting.pop(0) if waiting else None
        if isinstance(fault, int):
            self._answer(fault, b"fault", {})
        elif fault is None:
            self._ranged(data)
        elif fault.startswith("redirect:"):
            self._answer(302, b"", {"Location": fault.removeprefix("redirect:")})
        elif fault == "other part":
            span = {"Content-Range": f"bytes 0-{len(data) - 1}/{len(data)}"}
            self._answer(206, data, span)
        elif fault == "corrupt":
            self._answer(200, bytes(len(data)), {})
        else:
            self._truncated(data)

    def _ranged(self, data: bytes) -> None:
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        if asked is None:
            self._answer(200, data, {"Accept-Ranges": "bytes"})
            return
        first, last = int(asked[1]), int(asked[2] or len(data) - 1)
        part = data[first : last + 1]
        span = f"bytes {first}-{first + len(part) - 1}/{len(data)}"
        self._answer(206, part, {"Content-Range": span, "Accept-Ranges": "bytes"})

    def _truncated(self, data: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.send_header("Accept-Ranges", "bytes")
        self.end_headers()
        self.wfile.write(data[: len(data) // 2])
        self.wfile.flush()
        self.close_connection = True

    def _answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass
