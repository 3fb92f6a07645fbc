"""Proxies on 127.0.0.1: HTTP (forwarding and CONNECT) and SOCKS 4, 4a and 5."""

import base64
import http.client
import select
import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

_LOGIN = tuple[str, str] | None


class Proxy:
    """What it was asked for: absolute addresses, or ``host:port`` of tunnels."""

    def __init__(self, login: _LOGIN = None) -> None:
        self.login = login
        self.host = ""
        self.asked: list[str] = []


@contextmanager
def http_proxy(login: _LOGIN = None, *, refuses: int = 0) -> Iterator[Proxy]:
    """Start an HTTP proxy; ``refuses`` is the status that it answers all requests with."""
    proxy = Proxy(login)

    class Handler(_HttpHandler):
        pass

    Handler.proxy, Handler.refuses = proxy, refuses
    with _serving(ThreadingHTTPServer(("127.0.0.1", 0), Handler), proxy):
        yield proxy


@contextmanager
def socks_proxy(login: _LOGIN = None) -> Iterator[Proxy]:
    """Start a SOCKS proxy that speaks 4, 4a and 5."""
    proxy = Proxy(login)

    class Handler(_SocksHandler):
        pass

    Handler.proxy = proxy
    with _serving(_SocksServer(("127.0.0.1", 0), Handler), proxy):
        yield proxy


@contextmanager
def _serving(server: Any, proxy: Proxy) -> Iterator[None]:
    server.daemon_threads = True
    proxy.host = f"127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()


def _join(left: socket.socket, right: socket.socket) -> None:
    """Carry bytes between the two until one closes."""
    other = {left: right, right: left}
    with suppress(OSError):
        while True:
            for end in select.select([left, right], [], [])[0]:
                data = end.recv(65536)
                if not data:
                    return
                other[end].sendall(data)


class _HttpHandler(BaseHTTPRequestHandler):
    proxy: Proxy
    refuses: int
    protocol_version = "HTTP/1.1"

    def _allowed(self) -> bool:
        self.proxy.asked.append(self.path)
        login = self.proxy.login
        wanted = login and f"Basic {base64.b64encode(':'.join(login).encode()).decode()}"
        status = self.refuses
        if wanted and self.headers.get("Proxy-Authorization") != wanted:
            status = 407
        if status:
            self._say(status, b"")
        return not status

    def do_CONNECT(self) -> None:
        if self._allowed():
            host, _, port = self.path.rpartition(":")
            with socket.create_connection((host.strip("[]"), int(port))) as there:
                self.send_response(200)
                self.end_headers()
                _join(self.connection, there)
            self.close_connection = True

    def do_GET(self) -> None:
        if not self._allowed():
            return
        parts = urlsplit(self.path)
        connection = http.client.HTTPConnection(parts.netloc)
        headers = {k: v for k, v in self.headers.items() if not k.startswith("Proxy-")}
        try:
            connection.request(self.command, parts.path, headers=headers)
            answer = connection.getresponse()
            body, size = answer.read(), answer.headers["Content-Length"]
            self._say(answer.status, body, dict(answer.getheaders()), size)
        finally:
            connection.close()

    do_HEAD = do_GET  # noqa: N815 - named by http.server

    def _say(
        self,
        status: int,
        body: bytes,
        headers: dict[str, str] | None = None,
        size: str | None = None,
    ) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            if name.lower() not in {"content-length", "connection"}:
                self.send_header(name, value)
        self.send_header("Content-Length", size or str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's
        pass


class _SocksServer(socketserver.ThreadingTCPServer):
    allow_reuse_address = True


class _SocksHandler(socketserver.StreamRequestHandler):
    proxy: Proxy

    def handle(self) -> None:
        version = self.rfile.read(1)
        with suppress(OSError, IndexError):
            (self._version_4 if version == b"\4" else self._version_5)()

    def _text(self) -> str:
        text = b""
        while (byte := self.rfile.read(1)) not in {b"\0", b""}:
            text += byte
        return text.decode()

    def _version_4(self) -> None:
        self.rfile.read(1)
        port, address = int.from_bytes(self.rfile.read(2)), self.rfile.read(4)
        user = self._text()
        by_name = address[:3] == b"\0\0\0"
        host = self._text() if by_name else socket.inet_ntoa(address)
        if self.proxy.login and user != self.proxy.login[0]:
            self.wfile.write(b"\0\x5d" + bytes(6))
            return
        self._connect(host, port, b"\0\x5a" + bytes(6), b"\0\x5b" + bytes(6))

    def _version_5(self) -> None:
        methods = self.rfile.read(self.rfile.read(1)[0])
        if self.proxy.login is None:
            self.wfile.write(b"\5\0")
        elif b"\2" not in methods:
            self.wfile.write(b"\5\xff")
            return
        else:
            self.wfile.write(b"\5\2")
            self.rfile.read(1)
            words = [self.rfile.read(self.rfile.read(1)[0]).decode() for _ in range(2)]
            good = tuple(words) == self.proxy.login
            self.wfile.write(b"\1\0" if good else b"\1\1")
            if not good:
                return
        kind = self.rfile.read(4)[3]
        if kind == 3:
            host = self.rfile.read(self.rfile.read(1)[0]).decode()
        else:
            family, length = (socket.AF_INET, 4) if kind == 1 else (socket.AF_INET6, 16)
            host = socket.inet_ntop(family, self.rfile.read(length))
        port = int.from_bytes(self.rfile.read(2))
        end = b"\0\1" + bytes(6)
        self._connect(host, port, b"\5\0" + end, b"\5\5" + end)

    def _connect(self, host: str, port: int, good: bytes, bad: bytes) -> None:
        self.proxy.asked.append(f"{host}:{port}")
        try:
            there = socket.create_connection((host, port))
        except OSError:
            self.wfile.write(bad)
            return
        with there:
            self.wfile.write(good)
            _join(self.connection, there)
