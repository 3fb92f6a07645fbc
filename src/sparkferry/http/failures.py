"""What goes wrong between us and a server, sorted into what may pass and what will not."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sparkferry.errors import ExternalError
from sparkferry.http.proxies import Proxy
from sparkferry.http.retry import AgainError
from sparkferry.process import redact

_PLAIN = frozenset({"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE"})
"""What OpenSSL says of a server that answers in plain text."""

_CLIENT_CERTIFICATE = frozenset(
    {"TLSV13_ALERT_CERTIFICATE_REQUIRED", "SSLV3_ALERT_BAD_CERTIFICATE"}
)
"""What OpenSSL says of a server that wants a certificate of its clients."""

CHECK_NETWORK = "check the network and its proxy settings, and try again"


class NoTlsError(AgainError):
    """What listens there speaks no TLS."""


class UntrustedError(ExternalError):
    """The certificate of a server is not trusted."""


@dataclass(frozen=True, slots=True)
class Route:
    """How one server is reached, for messages about it."""

    host: str
    """Host and port."""
    proxy: Proxy | None = None
    ignored: tuple[str, ...] = ()
    """Settings without effect."""
    trusted: str = "let SSL_CERT_FILE name its CA certificate"
    """What to do about a certificate that is not trusted."""

    def __str__(self) -> str:
        """Return the host, and the proxy if there is one."""
        return f"{self.host} through the proxy {self.proxy}" if self.proxy else self.host

    def hint(self, remedy: str) -> str:
        """Return ``remedy`` with what was ignored."""
        return "; ".join((remedy, *self.ignored))


@contextmanager
def connected(action: str, route: Route) -> Iterator[None]:
    """Sort what goes wrong with a connection within the block.

    :raises NoTlsError: whoever listens does not understand TLS.
    :raises AgainError: the connection broke or was not made.
    :raises UntrustedError: the server's certificate is not trusted.
    :raises ExternalError: the proxy refuses, or the request
        cannot be sent at all.
    """
    import ssl

    import httpx

    try:
        yield
    except httpx.ProxyError as error:
        raise _of_proxy(action, route, error) from error
    except (httpx.UnsupportedProtocol, httpx.LocalProtocolError) as error:
        raise _unsent(action, route, error) from error
    except (httpx.HTTPError, ssl.SSLError) as error:
        raise _of_connection(action, route, error) from error
    except (httpx.InvalidURL, httpx.CookieConflict, httpx.StreamError) as error:
        raise _unsent(action, route, error) from error
    except (
        ValueError,
        LookupError,
    ) as error:  # of names, headers and cookies that cannot be encoded
        raise _unsent(action, route, error) from error


def _unsent(action: str, route: Route, error: Exception) -> ExternalError:
    return ExternalError(
        f"could not {action}: no request can be sent to {route}: {_said(error)}",
        hint=route.hint("check the address"),
    )


def _of_proxy(action: str, route: Route, error: Exception) -> ExternalError | AgainError:
    said = _said(error)
    if said[:1] == "5":
        return AgainError(f"{route}: it answered {said}", hint=route.hint(CHECK_NETWORK))
    source = route.proxy.source if route.proxy else "the proxy settings"
    remedies = {"407": f"put user and password of the proxy into {source}"}
    remedy = remedies.get(said[:3], f"check {source}, or except {route.host} by NO_PROXY")
    return ExternalError(f"could not {action}: {route}: it said: {said}", hint=route.hint(remedy))


def _of_connection(action: str, route: Route, error: Exception) -> Exception:
    import ssl

    causes = tuple(_causes(error))
    for cause in causes:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return _untrusted(action, route, cause.verify_message)
    reasons = {cause.reason for cause in causes if isinstance(cause, ssl.SSLError)}
    if reasons & _CLIENT_CERTIFICATE:
        return ExternalError(
            f"could not {action}: {route} wants a certificate of its clients: {_said(error)}",
            hint=route.hint(
                "let SSL_CLIENT_CERT name a file with certificate and key, in PEM format"
            ),
        )
    kind = NoTlsError if reasons & _PLAIN else AgainError
    return kind(f"{route}: {_said(error)}", hint=route.hint(CHECK_NETWORK))


def _untrusted(action: str, route: Route, said: str) -> UntrustedError:
    return UntrustedError(
        f"could not {action}: the certificate of `{route.host}` is not trusted: {said}",
        hint=route.hint(route.trusted),
    )


def _said(error: Exception) -> str:
    return redact(str(error)) or _name(type(error).__name__)


def _name(error: str) -> str:
    return "timed out" if error.endswith("Timeout") else error


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
