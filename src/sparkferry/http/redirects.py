"""Redirects: followed step by step, so that each host gets its own proxy, certificates and login."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from sparkferry.errors import ExternalError
from sparkferry.http.addresses import leads_to, netloc, origin
from sparkferry.http.client import HttpClient
from sparkferry.http.message import Request

if TYPE_CHECKING:
    import httpx

_REDIRECTS = 10
"""As many as reqwest follows."""

_SEE_OTHER = 303


def follow(
    client: HttpClient,
    call: Request,
    authorize: Callable[[str], str | None],
    is_allowed: Callable[[str], bool],
) -> "httpx.Response":
    """Send ``call`` to where redirects lead, and return the response there, whose body is not read.

    ``authorize`` returns the value of ``Authorization`` for an address, or None; ``is_allowed`` whether
    a redirect may lead to one. The method stays the same, but a body is not sent after 303 (RFC 9110,
    15.4.4).

    :raises AgainError: a connection broke.
    :raises ExternalError: there are too many redirects, or one that is not allowed.
    """
    for _ in range(_REDIRECTS):
        response = client.open(call, authorize(call.url))
        if not response.has_redirect_location:
            return response
        if response.status_code == _SEE_OTHER and call.method not in {"GET", "HEAD"}:
            return response
        response.close()
        call = replace(call, url=_next(call, response.headers["Location"], is_allowed))
    raise ExternalError(f"could not {call.action}: {netloc(call.url)} redirects in circles")


def _next(call: Request, location: str, is_allowed: Callable[[str], bool]) -> str:
    url = leads_to(call.url, location)
    if is_allowed(url):
        return url
    scheme, _, _ = origin(url)
    raise ExternalError(
        f"could not {call.action}: {netloc(call.url)} redirects to {scheme}://{netloc(url)}, "
        "where others could change what is sent",
        hint="tell the server's administrator",
    )
