"""HTTP as registries need it: verified, bounded, and with failures sorted into final and passing ones.

Nothing here knows of logins.
"""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sparkferry import __version__
from sparkferry.clock import Clock
from sparkferry.errors import WorldError
from sparkferry.image.registry.answers import TRANSIENT, Answer, hint, reason
from sparkferry.image.registry.hosts import Access, is_loopback, netloc
from sparkferry.image.registry.retry import AgainError, seconds_of
from sparkferry.image.registry.trust import ssl_context, untrusted

if TYPE_CHECKING:
    import httpx

WORKERS = 8
"""Blobs that are sent or fetched at a time."""

ANSWER_LIMIT = 4 << 20
"""Bytes of a manifest at most (distribution specification 1.1, "Pushing Manifests"), and of any other
answer that is held in memory."""

_PLAIN = frozenset({"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE"})
"""What OpenSSL says of a server that answers in plain text."""

_AGENT = f"sparkferry/{__version__}"

Body = Callable[[], Iterator[bytes]]
"""Begins to read what is sent; called again for each attempt."""


@dataclass(frozen=True, slots=True)
class Call:
    """One request."""

    method: str
    url: str = field(repr=False)
    action: str
    """What could not be done if it fails, as in ``push the blob `sha256:…` ``."""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes | Body = field(default=b"", repr=False)

    @property
    def content(self) -> "bytes | Iterator[bytes]":
        """The body, to be sent once."""
        return self.body if isinstance(self.body, bytes) else self.body()


class NoTlsError(AgainError):
    """What listens there speaks no TLS."""


class Web:
    """HTTP clients, one for each server; safe to use from several threads."""

    def __init__(
        self, access: Access, environ: Mapping[str, str], clock: Clock, timeout: float
    ) -> None:
        self.access, self.clock = access, clock
        self._environ, self._timeout = environ, timeout
        self._clients: dict[str, httpx.Client] = {}
        self._lock = threading.Lock()

    def close(self) -> None:
        """Close every connection."""
        with self._lock:
            for client in self._clients.values():
                client.close()
            self._clients.clear()

    def prepare(self, host: str) -> None:
        """Make the client for ``host``, which has the system's certificates read.

        :raises WorldError: a file in ``certs.d`` holds no certificate.
        """
        self._client(host)

    def open(self, call: Call, authorization: str | None = None) -> "httpx.Response":
        """Send ``call`` once, and return the response; its body is not read, and it must be closed.

        :raises AgainError: the connection broke.
        :raises WorldError: the server cannot be trusted.
        """
        host = netloc(call.url)
        headers = {**call.headers, **({"Authorization": authorization} if authorization else {})}
        with connected(call.action, host):
            client = self._client(host)
            request = client.build_request(
                call.method, call.url, headers=headers, content=call.content
            )
            return client.send(request, stream=True)

    def answer(self, call: Call, authorization: str | None = None) -> Answer:
        """Send ``call`` once, and return the answer.

        :raises AgainError: the connection broke, or the server cannot answer now.
        :raises WorldError: the server cannot be trusted, or says too much.
        """
        response = self.open(call, authorization)
        try:
            return self.settled(call, self.read(call, response))
        finally:
            response.close()

    def read(self, call: Call, response: "httpx.Response") -> Answer:
        """Return the response with its body.

        :raises AgainError: the connection broke.
        :raises WorldError: the body is longer than :data:`ANSWER_LIMIT`.
        """
        body = bytearray()
        with connected(call.action, netloc(call.url)):
            for chunk in response.iter_bytes():
                body += chunk
                if len(body) > ANSWER_LIMIT:
                    raise WorldError(
                        f"could not {call.action}: {netloc(call.url)} answered with more than "
                        f"{ANSWER_LIMIT} bytes"
                    )
        return Answer(response.status_code, response.headers, bytes(body))

    def settled(self, call: Call, answer: Answer) -> Answer:
        """Return ``answer`` unless it may be another one the next time.

        :raises AgainError: it may.
        """
        if answer.status not in TRANSIENT:
            return answer
        host = netloc(call.url)
        wait = seconds_of(answer.headers.get("Retry-After"), self.clock.now())
        raise AgainError(reason(answer, host), wait, hint(answer, host))

    def _client(self, host: str) -> "httpx.Client":
        import httpx

        with self._lock:
            if host not in self._clients:
                self._clients[host] = httpx.Client(
                    verify=ssl_context(host, self.access, self._environ),
                    trust_env=not is_loopback(host),
                    timeout=httpx.Timeout(self._timeout, pool=None),
                    limits=httpx.Limits(max_connections=WORKERS),
                    headers={"User-Agent": _AGENT, "Accept-Encoding": "identity"},
                )
            return self._clients[host]


@contextmanager
def connected(action: str, host: str) -> Iterator[None]:
    """Sort what goes wrong with a connection to ``host`` within the block.

    :raises NoTlsError: whoever listens does not understand TLS.
    :raises AgainError: the connection broke or was not made.
    :raises WorldError: the server's certificate is not trusted, or its address is none.
    """
    import ssl

    import httpx

    try:
        yield
    except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
        raise WorldError(f"could not {action}: {host} gave an address that is none") from error
    except httpx.TransportError as error:
        causes = tuple(_causes(error))
        for cause in causes:
            if isinstance(cause, ssl.SSLCertVerificationError):
                raise untrusted(action, host, cause.verify_message) from error
        plain = any(isinstance(it, ssl.SSLError) and it.reason in _PLAIN for it in causes)
        raise (NoTlsError if plain else AgainError)(
            f"{host}: {str(error) or type(error).__name__}"
        ) from error


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
