"""One service's connection: signs requests, sends them again where that may help, explains refusals."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, TypeVar

from sparkferry.errors import ExternalError
from sparkferry.http.addresses import netloc
from sparkferry.http.client import HttpClient
from sparkferry.http.failures import connected
from sparkferry.http.message import FORBIDDEN, TRANSIENT, UNAUTHORIZED, Request, Response
from sparkferry.http.retry import AgainError, persist, seconds_of
from sparkferry.process import redact
from sparkferry.progress import QUIET, Progress
from sparkferry.store.objects.service import Service, Verb

if TYPE_CHECKING:
    import httpx

T = TypeVar("T")

_TOLERATED = timedelta(minutes=4)
"""Amazon and Azure accept 15 minutes; a test or a proxy may take some itself."""

_DENIED = frozenset({UNAUTHORIZED, FORBIDDEN})
_LONGEST = 300


class Connection:
    """Speaks to ``service``; safe to use from several threads."""

    def __init__(self, service: Service, client: HttpClient, progress: Progress = QUIET) -> None:
        self.service, self.client = service, client
        self._progress = progress
        self._skew = timedelta(0)
        """What the service's clock is ahead of this machine's, where that is known to matter."""

    def ask(self, call: Request) -> Response:
        """Send ``call`` until it is answered, and return the answer, whatever it says.

        :raises ExternalError: the service stays out of reach.
        """
        return self.persist(call.action, lambda: self.attempt(call))

    def attempt(self, call: Request) -> Response:
        """Send ``call`` once.

        :raises AgainError: there was no answer, or none for now.
        """
        with self.opened(call) as response:
            return self.client.read(call, response)

    @contextmanager
    def opened(self, call: Request) -> Iterator["httpx.Response"]:
        """Send ``call`` once; within the block the answer's body can be read.

        :raises AgainError: there was no answer, or none for now.
        """
        response = self._sent(call)
        try:
            if response.status_code in TRANSIENT:
                said = self.client.read(call, response)
                wait = seconds_of(said.headers.get("Retry-After"), self.client.clock.now())
                raise AgainError(self._said(call, said), wait)
            yield response
        finally:
            response.close()

    def _sent(self, call: Request) -> "httpx.Response":
        response = self.client.open(self.service.authorize(call, self._now()))
        if response.status_code == FORBIDDEN and self._adjusted(response):
            response.close()
            response = self.client.open(self.service.authorize(call, self._now()))
        return response

    def _adjusted(self, response: "httpx.Response") -> bool:
        """Take over the service's time where this machine's is far off: signatures hold for minutes."""
        try:
            ahead = parsedate_to_datetime(response.headers.get("Date", "")) - self._now()
        except (ValueError, TypeError):
            return False
        if abs(ahead) < _TOLERATED:
            return False
        self._skew += ahead
        return True

    def _now(self) -> datetime:
        return self.client.clock.now() + self._skew

    def chunks(self, call: Request, response: "httpx.Response") -> Iterator[bytes]:
        """Yield the body of an answer.

        :raises AgainError: the connection broke.
        """
        with connected(call.action, self.client.route(call.url)):
            yield from response.iter_raw()

    def body(self, call: Request, response: "httpx.Response") -> bytes:
        """Return the body of an answer, however long it is.

        :raises AgainError: the connection broke.
        """
        return b"".join(self.chunks(call, response))

    def persist(self, action: str, attempt: Callable[[], T]) -> T:
        """Return what ``attempt`` returns when it raises no AgainError any more.

        :raises ExternalError: it went on raising it.
        """

        def told() -> T:
            try:
                return attempt()
            except AgainError as error:
                self._progress.message(f"could not {action} yet: {error.reason}")
                raise

        return persist(action, self.client.clock, told, self.client.network.attempts)

    def refusal(self, verb: Verb, call: Request, answer: Response) -> ExternalError:
        """Return the error of an answer that is not what was asked for."""
        message = f"could not {call.action}: {self._said(call, answer)}"
        if answer.status not in _DENIED:
            return ExternalError(message, hint=_HINTS.get(answer.status))
        service = self.service
        return ExternalError(
            message,
            hint=f"{service.identity()} needs `{service.permissions[verb]}` on `{service.url}`, "
            "or its credentials are wrong or have expired",
        )

    def _said(self, call: Request, answer: Response) -> str:
        text = " ".join(redact(self.service.reason(answer)).split())
        text = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
        return f"{netloc(call.url)} answered {answer.status}" + (f": {text}" if text else "")


_HINTS = {
    404: "check the name of the bucket or container: sparkferry does not create it",
    301: "the bucket is in another region: set AWS_REGION",
    400: "check the store's address, region and credentials",
    507: "the store is full",
}
