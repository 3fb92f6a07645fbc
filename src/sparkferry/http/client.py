"""The client: one connection pool for each server, by the rules of a :class:`Network`.

Nothing here knows of logins or of what is asked for.
"""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Self

import msgspec

from sparkferry import __version__
from sparkferry.clock import SYSTEM, Clock
from sparkferry.errors import ExternalError
from sparkferry.http.addresses import is_address, netloc, origin
from sparkferry.http.certificates import empty_context, ssl_context, trust_more
from sparkferry.http.failures import Route, UntrustedError, connected
from sparkferry.http.message import Request, Response
from sparkferry.http.network import Network
from sparkferry.http.proxies import Proxy
from sparkferry.process import redact

if TYPE_CHECKING:
    import ssl

    import httpx

WORKERS = 8
"""Files that are sent to or fetched from a server at a time."""

ANSWER_LIMIT = 4 << 20
"""Bytes of an answer that is held in memory: those that the distribution specification 1.1 allows a
manifest ("Pushing Manifests")."""

_AGENT = f"sparkferry/{__version__}"
_TIMEOUT = 30.0


class Special(msgspec.Struct, frozen=True, kw_only=True):
    """What holds for one server beside the rules of the network."""

    insecure: bool = False
    """Whether its certificate is not verified."""
    certificates: tuple[Path, ...] = ()
    """CA certificates that may vouch for it alone."""
    direct: bool = False
    """Whether it is reached without a proxy."""
    headers: dict[str, str] = {}
    """Headers of all requests to it."""
    remedy: str | None = None
    """What to do where its certificate is not trusted."""


class HttpClient:
    """Sends requests; safe to use from several threads. A context manager that closes connections.

    ``timeout`` is the number of seconds where the network has none; ``special`` returns what holds for
    a host and port.
    """

    def __init__(
        self,
        network: Network,
        clock: Clock = SYSTEM,
        timeout: float = _TIMEOUT,
        special: Callable[[str], Special] | None = None,
    ) -> None:
        self.network, self.clock = network, clock
        self._timeout = network.timeout or timeout
        self._special = special or _nothing_special
        self._clients: dict[str, httpx.Client] = {}
        self._contexts: dict[tuple[bool, tuple[Path, ...]], ssl.SSLContext] = {}
        self._enlarged: frozenset[str] = frozenset()
        """Hosts that the bundled roots may vouch for."""
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close every connection."""
        with self._lock:
            for client in self._clients.values():
                client.close()
            self._clients.clear()

    def prepare(self, host: str) -> None:
        """Make the client for ``host``, which reads the certificates.

        :raises ExternalError: a certificate of the host's own cannot be read.
        """
        self._client(f"https://{host}")

    def open(self, call: Request, authorization: str | None = None) -> "httpx.Response":
        """Send ``call`` once, and return the response; its body is not read, and it must be closed.

        Redirects are not followed.

        :raises AgainError: the connection broke.
        :raises ExternalError: the server cannot be trusted, or the request not be sent.
        :raises UserError: the proxy settings are invalid.
        """
        if not is_address(call.url):
            raise ExternalError(
                f"could not {call.action}: `{redact(call.url)}` is not an address of HTTP",
                hint="check the address",
            )
        trusted_more = self._enlarged
        try:
            return self._send(call, authorization)
        except UntrustedError:
            if netloc(call.url) in trusted_more or not self._trust_more(netloc(call.url)):
                raise
        return self._send(call, authorization)

    def _send(self, call: Request, authorization: str | None) -> "httpx.Response":
        headers = {**call.headers, **({"Authorization": authorization} if authorization else {})}
        with connected(call.action, self.route(call.url)):
            client = self._client(call.url)
            request = client.build_request(
                call.method, call.url, headers=headers, content=call.content
            )
            return client.send(request, stream=True)

    def read(self, call: Request, response: "httpx.Response") -> Response:
        """Return the response with its body.

        :raises AgainError: the connection broke.
        :raises ExternalError: the body is longer than :data:`ANSWER_LIMIT`.
        """
        body = bytearray()
        with connected(call.action, self.route(call.url)):
            for chunk in response.iter_bytes():
                body += chunk
                if len(body) > ANSWER_LIMIT:
                    raise ExternalError(
                        f"could not {call.action}: {netloc(call.url)} answered with more than "
                        f"{ANSWER_LIMIT} bytes"
                    )
        return Response(response.status_code, response.headers, bytes(body))

    def route(self, url: str) -> Route:
        """Return how ``url``'s server is reached.

        :raises UserError: the proxy settings are invalid.
        """
        host = netloc(url)
        special = self._special(host)
        proxy = None if special.direct else self.network.proxies.find(url)
        remedy = {} if special.remedy is None else {"trusted": special.remedy}
        return Route(host, proxy, self.network.ignored, **remedy)

    def _client(self, url: str) -> "httpx.Client":
        host, scheme = netloc(url), origin(url)[0]
        with self._lock:
            key = f"{scheme}://{host}"
            if key not in self._clients:
                self._clients[key] = self._made(host, scheme)
            return self._clients[key]

    def _made(self, host: str, scheme: str) -> "httpx.Client":
        import httpx

        plain, secure = (self.route(f"{scheme}://{host}").proxy for scheme in ("http", "https"))
        in_plain_text = scheme == "http" and (plain is None or plain.scheme == "http")
        # Reading certificates takes as long as a request.
        context = empty_context() if in_plain_text else self._context(host)
        patience = min(self._timeout, self.network.connect_timeout)
        return httpx.Client(
            transport=_transport(context, secure),
            mounts={} if plain == secure else {"http://": _transport(context, plain)},
            trust_env=False,
            timeout=httpx.Timeout(self._timeout, pool=None, connect=patience),
            headers={
                "User-Agent": _AGENT,
                "Accept-Encoding": "identity",
                **self._special(host).headers,
            },
        )

    def _trust_more(self, host: str) -> bool:
        """Trust the bundled roots for ``host``; return whether they may help."""
        with self._lock:
            self._enlarged |= {host}
            return trust_more(self._context(host), self.network.trust)

    def _context(self, host: str) -> "ssl.SSLContext":
        """Return the context for a server; servers without rules of their own share one."""
        special = self._special(host)
        insecure = special.insecure or self.network.trust.is_insecure(f"https://{host}")
        key = insecure, special.certificates
        if key not in self._contexts:
            self._contexts[key] = ssl_context(
                self.network.trust, special.certificates, verify=not insecure
            )
        return self._contexts[key]


def _nothing_special(host: str) -> Special:
    del host
    return Special()


def _transport(context: "ssl.SSLContext", proxy: Proxy | None) -> "httpx.HTTPTransport":
    import httpx

    limits = httpx.Limits(max_connections=WORKERS)
    if proxy is None:
        return httpx.HTTPTransport(verify=context, trust_env=False, limits=limits)
    if proxy.is_socks:
        from sparkferry.http.transport import SocksTransport

        return SocksTransport(context, proxy, limits)
    tunnel = httpx.Proxy(proxy.url, ssl_context=context if proxy.scheme == "https" else None)
    return httpx.HTTPTransport(verify=context, trust_env=False, limits=limits, proxy=tunnel)
