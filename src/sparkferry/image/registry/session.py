"""A conversation with one registry: its address, logged in, with retries and redirects."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from sparkferry.clock import Clock
from sparkferry.errors import ExternalError
from sparkferry.http.addresses import leads_to, netloc, origin
from sparkferry.http.failures import NoTlsError, connected
from sparkferry.http.message import FORBIDDEN, UNAUTHORIZED, Request, Response
from sparkferry.http.redirects import follow
from sparkferry.http.retry import persist
from sparkferry.image.registry.answers import failure
from sparkferry.image.registry.auth import Authenticator, Scope
from sparkferry.image.registry.hosts import api_host
from sparkferry.image.registry.http import RegistryClient

if TYPE_CHECKING:
    import httpx


T = TypeVar("T")


class Session:
    """One registry; safe to use from several threads."""

    def __init__(self, registry: str, web: RegistryClient, auth: Authenticator) -> None:
        self.registry = registry
        self._host = api_host(registry)
        self._web, self._auth = web, auth
        self._base = ""
        self._lock = threading.Lock()

    @property
    def clock(self) -> Clock:
        """What tells the time of retries."""
        return self._web.clock

    @property
    def attempts(self) -> int:
        """How often something without progress is tried."""
        return self._web.network.attempts

    def prepare(self) -> None:
        """Load what it takes to speak to the registry; nothing is sent.

        :raises ExternalError: a certificate that it may be trusted by cannot be read.
        """
        self._web.prepare(self._host)

    def url(self, path: str) -> str:
        """Return the address of ``path`` below ``/v2/``; the first time, ask whether there is a registry.

        :raises ExternalError: there is none, or it cannot be trusted.
        """
        with self._lock:
            if not self._base:
                action = f"reach the registry `{self.registry}`"
                self._base = self.persist(action, lambda: self._find(action))
        return f"{self._base}{path}"

    def answer(self, call: Request, need: Scope) -> Response:
        """Send ``call``, again if need be, and return the answer.

        :raises ExternalError: the registry stays out of reach, refuses the login, or cannot be trusted.
        """
        return self.persist(call.action, lambda: self.attempt(call, need))

    def persist(self, action: str, attempt: Callable[[], T]) -> T:
        """Return what ``attempt`` returns once it raises no AgainError; ``action`` is what it does.

        :raises ExternalError: it went on raising it.
        """
        return persist(action, self.clock, attempt, self.attempts)

    def attempt(self, call: Request, need: Scope) -> Response:
        """Send ``call`` once, and return the answer.

        :raises AgainError: the connection broke, or the registry cannot answer now.
        :raises ExternalError: as for :meth:`answer`.
        """
        with self.opened(call, need) as response:
            return self.settled(call, response)

    def settled(self, call: Request, response: "httpx.Response") -> Response:
        """Return the response, read to its end.

        :raises AgainError: the connection broke, or the registry cannot answer now.
        :raises ExternalError: the login is refused, or the answer is too long.
        """
        answer = self._web.settled(call, self._web.read(call, response))
        if answer.status == UNAUTHORIZED:
            raise self._auth.problem or failure(call.action, answer, self.registry)
        return answer

    @contextmanager
    def opened(self, call: Request, need: Scope) -> Iterator["httpx.Response"]:
        """Send ``call`` once; within the block the response is open, and its body was not read.

        An expired login is renewed. Redirects are followed.

        :raises AgainError: the connection broke.
        :raises ExternalError: the registry or where it sends us cannot be trusted.
        """
        response = self._send(call, need)
        try:
            with connected(call.action, self._web.route(call.url)):
                yield response
        finally:
            response.close()

    def _send(self, call: Request, need: Scope) -> "httpx.Response":
        header = self._auth.header(need)
        response = self._follow(call, header)
        if response.status_code != UNAUTHORIZED:
            return response
        try:
            renewed = self._auth.renew(response.headers.get_list("WWW-Authenticate"), need, header)
        except BaseException:
            response.close()
            raise
        if renewed is None:
            return response
        response.close()
        return self._follow(call, renewed)

    def _follow(self, call: Request, header: str | None) -> "httpx.Response":
        def authorize(url: str) -> str | None:
            return header if origin(url) == origin(self._base) else None

        return follow(self._web, call, authorize, self._may_lead_to)

    def _may_lead_to(self, url: str) -> bool:
        scheme, _, _ = origin(url)
        return scheme == "https" or (
            scheme == "http" and self._web.access.allows_plain(netloc(url))
        )

    def location(self, call: Request, answer: Response) -> str:
        """Return where an upload goes on: a registry may move it with every answer.

        A registry behind a proxy that ends TLS may give its own address as ``http://``: it is reached by
        HTTPS all the same.

        :raises ExternalError: it moves to where others could read and change what is sent.
        """
        url = leads_to(call.url, answer.headers.get("Location", call.url))
        scheme, host, _ = origin(url)
        here, home, _ = origin(self._base)
        if (scheme, here) == ("http", "https") and host == home:
            url = f"{self._base.removesuffix('/v2/')}/{url.split('/', 3)[-1]}"
        if not self._may_lead_to(url):
            raise ExternalError(
                f"could not {call.action}: {self.registry} wants it sent to {scheme}://{netloc(url)}, "
                "where others could read and change it",
                hint="tell the registry's administrator",
            )
        return url

    def _find(self, action: str) -> str:
        try:
            return self._probe("https", action)
        except NoTlsError as error:
            if self._web.access.allows_plain(self._host):
                return self._probe("http", action)
            raise ExternalError(
                f"could not {action}: it speaks no TLS",
                hint="where nobody can listen in, `--insecure` allows plain HTTP",
            ) from error

    def _probe(self, scheme: str, action: str) -> str:
        call = Request("GET", f"{scheme}://{self._host}/v2/", action)
        with self._opened_bare(call) as response:
            self._auth.challenged(response.headers.get_list("WWW-Authenticate"))
            answer = self._web.settled(call, self._web.read(call, response))
        if not answer.ok and answer.status not in {UNAUTHORIZED, FORBIDDEN}:
            raise failure(action, answer, self.registry)
        return call.url

    @contextmanager
    def _opened_bare(self, call: Request) -> Iterator["httpx.Response"]:
        response = self._web.open(call)
        try:
            yield response
        finally:
            response.close()
