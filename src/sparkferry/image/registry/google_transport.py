"""Lets google-auth speak through httpx, so that no second HTTP client is installed for it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Response:
    """What google-auth wants to see of a response (``google.auth.transport.Response``)."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    data: bytes = field(repr=False)


def send(
    url: str,
    method: str = "GET",
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    timeout: float | None = None,
    **_: object,
) -> Response:
    """Send one request (``google.auth.transport.Request``).

    :raises google.auth.exceptions.TransportError: the server cannot be reached.
    """
    import httpx
    from google.auth.exceptions import TransportError

    try:
        answer = httpx.request(
            method, url, content=body, headers=headers, timeout=timeout or _SECONDS
        )
    except httpx.HTTPError as error:
        raise TransportError(str(error)) from error
    return Response(answer.status_code, answer.headers, answer.content)
