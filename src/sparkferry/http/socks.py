"""Connections through a SOCKS proxy: versions 4, 4a, 5 and 5 with names (``socks5h``).

SOCKS 4 and 4a: https://www.openssh.com/txt/socks4.protocol and socks4a.protocol; SOCKS 5: RFC 1928,
with the logins of RFC 1929. Imported only where a proxy speaks SOCKS.
"""

import ipaddress
import socket
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

import httpcore

from sparkferry.http.proxies import Proxy

_GRANTED_4 = 0x5A
_NO_LOGIN, _WITH_LOGIN = 0, 2
_IPV4, _NAME, _IPV6 = 1, 3, 4
_REASONS = {
    1: "general failure",
    2: "the connection is not allowed by its rules",
    3: "the network is unreachable",
    4: "the host is unreachable",
    5: "the connection was refused",
    6: "the time to live expired",
    7: "the command is not supported",
    8: "the address type is not supported",
}
"""Replies of RFC 1928, 6."""


class SocksBackend(httpcore.NetworkBackend):
    """Connects through ``proxy``."""

    def __init__(self, proxy: Proxy) -> None:
        self._proxy = proxy
        self._direct = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Return a connection to ``host`` and ``port``, made by the proxy.

        :raises httpcore.ProxyError: the proxy refused.
        """
        place = self._proxy.host.strip("[]"), self._proxy.port
        stream = self._direct.connect_tcp(*place, timeout, local_address, socket_options)
        talk = _Talk(stream, timeout)
        try:
            if self._proxy.scheme in {"socks4", "socks4a"}:
                _connect_4(talk, self._proxy, host, port)
            else:
                _connect_5(talk, self._proxy, host, port)
        except BaseException:
            stream.close()
            raise
        return stream

    def sleep(self, seconds: float) -> None:
        """Wait."""
        self._direct.sleep(seconds)


class _Talk:
    def __init__(self, stream: httpcore.NetworkStream, timeout: float | None) -> None:
        self._stream, self._timeout = stream, timeout

    def send(self, data: bytes) -> None:
        self._stream.write(data, self._timeout)

    def receive(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            more = self._stream.read(count - len(data), self._timeout)
            if not more:
                raise httpcore.ProxyError("it closed the connection: is it a SOCKS proxy?")
            data += more
        return data


def _connect_4(talk: _Talk, proxy: Proxy, host: str, port: int) -> None:
    address, name = _resolved(host, socket.AF_INET), b""
    if (
        address is None
        or len(address) != 4
        or (proxy.scheme == "socks4a" and not _is_address(host))
    ):
        address, name = b"\0\0\0\1", host.encode("idna") + b"\0"
    user = (proxy.user or "").encode()
    talk.send(b"\4\1" + port.to_bytes(2) + address + user + b"\0" + name)
    code = talk.receive(8)[1]
    if code != _GRANTED_4:
        raise httpcore.ProxyError(f"it refused to connect to {host}:{port} (code {code})")


def _connect_5(talk: _Talk, proxy: Proxy, host: str, port: int) -> None:
    methods = bytes([_NO_LOGIN]) if proxy.user is None else bytes([_NO_LOGIN, _WITH_LOGIN])
    talk.send(bytes([5, len(methods)]) + methods)
    version, method = talk.receive(2)
    if version != 5 or method not in methods:
        wants = "it wants a login" if version == 5 else "it does not speak SOCKS 5"
        raise httpcore.ProxyError(wants)
    if method == _WITH_LOGIN:
        _log_in(talk, proxy)
    talk.send(b"\5\1\0" + _target(proxy, host) + port.to_bytes(2))
    _, code, _, kind = talk.receive(4)
    if code:
        reason = _REASONS.get(code, f"code {code}")
        raise httpcore.ProxyError(f"it could not connect to {host}:{port}: {reason}")
    length = {_IPV4: 4, _IPV6: 16}.get(kind)
    talk.receive((talk.receive(1)[0] if length is None else length) + 2)


def _log_in(talk: _Talk, proxy: Proxy) -> None:
    words = [text.encode()[:255] for text in (proxy.user or "", proxy.password)]
    talk.send(b"\1" + b"".join(bytes([len(word)]) + word for word in words))
    if talk.receive(2)[1]:
        raise httpcore.ProxyError("it refused the login")


def _target(proxy: Proxy, host: str) -> bytes:
    """Return the address of ``host``; its name for ``socks5h``, and where this machine knows none."""
    by_name = proxy.scheme == "socks5h" and not _is_address(host)
    address = None if by_name else _resolved(host, socket.AF_UNSPEC)
    if address is None:
        name = host.encode("idna")
        return bytes([_NAME, len(name)]) + name
    return bytes([_IPV4 if len(address) == 4 else _IPV6]) + address


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _resolved(host: str, family: int) -> bytes | None:
    """Return an address of ``host``, IPv4 before IPv6, or None where this machine knows none."""
    with suppress(OSError, UnicodeError):
        found = socket.getaddrinfo(host, None, family, socket.SOCK_STREAM)
        addresses = [ipaddress.ip_address(str(item[4][0]).partition("%")[0]) for item in found]
        return min(addresses, key=lambda address: address.version).packed
    return None
