"""A conversation with one registry: its address, logged in, with retries and redirects."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from sparkferry.clock import Clock
from sparkferry.errors import WorldError
from sparkferry.image.registry.answers import UNAUTHORIZED, Answer, failure
from sparkferry.image.registry.auth import Authenticator, Need
from sparkferry.image.registry.hosts import api_host, leads_to, netloc, origin
from sparkferry.image.registry.retry import persist
from sparkferry.image.registry.web import Call, NoTlsError, Web

if TYPE_CHECKING:
    import httpx

_REDIRECTS = 5


class Session:
    """One registry; safe to use from several threads."""

    def __init__(self, registry: str, web: Web, auth: Authenticator) -> None:
        self.registry = registry
        self._host = api_host(registry)
        self._web, self._auth = web, auth
        self._base = ""
        self._lock = threading.Lock()

    @property
    def clock(self) -> Clock:
        """What tells the time of retries."""
        return self._web.clock

    def prepare(self) -> None:
        """Load what it takes to speak to the registry; nothing is sent.

        :raises WorldError: a certificate that it may be trusted by cannot be read.
        """
        self._web.prepare(self._host)

    def url(self, path: str) -> str:
        """Return the address of ``path`` below ``/v2/``; the first time, ask whether there is a registry.

        :raises WorldError: there is none, or it cannot be trusted.
        """
        with self._lock:
            if not self._base:
                action = f"reach the registry `{self.registry}`"
                self._base = persist(action, self.clock, lambda: self._find(action))
        return f"{self._base}{path}"

    def answer(self, call: Call, need: Need) -> Answer:
        """Send ``call``, again if need be, and return the answer.

        :raises WorldError: the registry stays out of reach, refuses the login, or cannot be trusted.
        """
        return persist(call.action, self.clock, lambda: self.attempt(call, need))

    def attempt(self, call: Call, need: Need) -> Answer:
        """Send ``call`` once, and return the answer.

        :raises AgainError: the connection broke, or the registry cannot answer now.
        :raises WorldError: as for :meth:`answer`.
        """
        with self.opened(call, need) as response:
            return self.settled(call, response)

    def settled(self, call: Call, response: "httpx.Response") -> Answer:
        """Return the response, read to its end.

        :raises AgainError: the connection broke, or the registry cannot answer now.
        :raises WorldError: the login is refused, or the answer is too long.
        """
        answer = self._web.settled(call, self._web.read(call, response))
        if answer.status == UNAUTHORIZED:
            raise failure(call.action, answer, self.registry)
        return answer

    @contextmanager
    def opened(self, call: Call, need: Need) -> Iterator["httpx.Response"]:
        """Send ``call`` once; within the block the response is open, and its body was not read.

        An expired login is renewed. Of redirects only those of GET and HEAD are followed.

        :raises AgainError: the connection broke.
        :raises WorldError: the registry or where it sends us cannot be trusted.
        """
        response = self._send(call, need)
        try:
            yield response
        finally:
            response.close()

    def _send(self, call: Call, need: Need) -> "httpx.Response":
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

    def _follow(self, call: Call, header: str | None) -> "httpx.Response":
        for _ in range(_REDIRECTS):
            is_home = origin(call.url) == origin(self._base)
            response = self._web.open(call, header if is_home else None)
            if not response.has_redirect_location or call.method not in {"GET", "HEAD"}:
                return response
            response.close()
            call = replace(call, url=self._next(call, response.headers["Location"]))
        raise WorldError(f"could not {call.action}: {self.registry} redirects in circles")

    def _next(self, call: Call, location: str) -> str:
        url = leads_to(call.url, location)
        scheme, _, _ = origin(url)
        if scheme == "https" or (scheme == "http" and self._web.access.allows_plain(netloc(url))):
            return url
        raise WorldError(
            f"could not {call.action}: {self.registry} redirects to {scheme}://{netloc(url)}, "
            "where others could change what is sent",
            hint="tell the registry's administrator",
        )

    def _find(self, action: str) -> str:
        try:
            return self._probe("https", action)
        except NoTlsError as error:
            if self._web.access.allows_plain(self._host):
                return self._probe("http", action)
            raise WorldError(
                f"could not {action}: it speaks no TLS",
                hint="where nobody can listen in, `--insecure` allows plain HTTP",
            ) from error

    def _probe(self, scheme: str, action: str) -> str:
        call = Call("GET", f"{scheme}://{self._host}/v2/", action)
        with self._opened_bare(call) as response:
            self._auth.challenged(response.headers.get_list("WWW-Authenticate"))
            answer = self._web.settled(call, self._web.read(call, response))
        if not answer.ok and answer.status != UNAUTHORIZED:
            raise failure(action, answer, self.registry)
        return call.url

    @contextmanager
    def _opened_bare(self, call: Call) -> Iterator["httpx.Response"]:
        response = self._web.open(call)
        try:
            yield response
        finally:
            response.close()
