"""HTTP as registries need it: the client of `sparkferry.http`, with what registries say of failures.

Nothing here knows of logins.
"""

from collections.abc import Mapping
from pathlib import Path

from sparkferry.clock import Clock
from sparkferry.http.addresses import netloc
from sparkferry.http.client import HttpClient
from sparkferry.http.message import TRANSIENT, Request, Response
from sparkferry.http.network import read_network
from sparkferry.http.retry import AgainError, seconds_of
from sparkferry.image.registry.answers import hint, reason
from sparkferry.image.registry.hosts import Access
from sparkferry.image.registry.trust import special


class RegistryClient(HttpClient):
    """The client for registries; safe to use from several threads."""

    def __init__(
        self, access: Access, environ: Mapping[str, str], clock: Clock, timeout: float
    ) -> None:
        network = read_network(environ, Path.cwd())
        super().__init__(network, clock, timeout, lambda host: special(host, access, environ))
        self.access = access

    def answer(self, call: Request, authorization: str | None = None) -> Response:
        """Send ``call`` once, and return the answer.

        :raises AgainError: the connection broke, or the server cannot answer now.
        :raises ExternalError: the server cannot be trusted, or says too much.
        """
        response = self.open(call, authorization)
        try:
            return self.settled(call, self.read(call, response))
        finally:
            response.close()

    def settled(self, call: Request, answer: Response) -> Response:
        """Return ``answer`` unless it may be another one the next time.

        :raises AgainError: it may.
        """
        if answer.status not in TRANSIENT:
            return answer
        host = netloc(call.url)
        wait = seconds_of(answer.headers.get("Retry-After"), self.clock.now())
        raise AgainError(reason(answer, host), wait, hint(answer, host))
