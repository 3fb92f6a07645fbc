"""Lets google-auth speak through httpx, so that no second HTTP client is installed for it.

Imported only where google-auth is installed.
"""

from collections.abc import Mapping

import httpx
from google.auth import transport
from google.auth.exceptions import TransportError

_SECONDS = 30.0


class HttpxResponse(transport.Response):
    """What google-auth wants to see of a response."""

    def __init__(self, answer: httpx.Response) -> None:
        self._answer = answer

    @property
    def status(self) -> int:
        """The status code."""
        return self._answer.status_code

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers; names are looked up whatever their case."""
        return self._answer.headers

    @property
    def data(self) -> bytes:
        """The body."""
        return self._answer.content


class HttpxRequest(transport.Request):
    """Sends the requests of google-auth."""

    def __call__(
        self,
        url: str,
        method: str = "GET",
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,
        **_: object,
    ) -> HttpxResponse:
        """Send one request.

        :raises google.auth.exceptions.TransportError: the server cannot be reached.
        """
        try:
            return HttpxResponse(
                httpx.request(
                    method, url, content=body, headers=headers, timeout=timeout or _SECONDS
                )
            )
        except httpx.HTTPError as error:
            raise TransportError(str(error)) from error
