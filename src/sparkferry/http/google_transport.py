"""Lets google-auth speak through our client, so that no second one is installed for it.

Imported only where google-auth is installed.
"""

from collections.abc import Mapping

from google.auth import transport
from google.auth.exceptions import TransportError

from sparkferry.errors import SparkferryError
from sparkferry.http.client import HttpClient
from sparkferry.http.message import Request, Response
from sparkferry.http.retry import AgainError


class HttpResponse(transport.Response):
    """What google-auth wants to see of a response."""

    def __init__(self, answer: Response) -> None:
        self._answer = answer

    @property
    def status(self) -> int:
        """The status code."""
        return self._answer.status

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers; names are looked up whatever their case."""
        return self._answer.headers

    @property
    def data(self) -> bytes:
        """The body."""
        return self._answer.body


class HttpRequest(transport.Request):
    """Sends the requests of google-auth, by the rules of the network."""

    def __init__(self, client: HttpClient) -> None:
        self._client = client

    def __call__(
        self,
        url: str,
        method: str = "GET",
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,
        **_: object,
    ) -> HttpResponse:
        """Send one request.

        :raises google.auth.exceptions.TransportError: the server cannot be reached.
        """
        del timeout  # that of the network holds
        call = Request(method, url, "log in to Google", headers or {}, body or b"")
        try:
            response = self._client.open(call)
            try:
                return HttpResponse(self._client.read(call, response))
            finally:
                response.close()
        except (AgainError, SparkferryError) as error:
            raise TransportError(str(error)) from error
