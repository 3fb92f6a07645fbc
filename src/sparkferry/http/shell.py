"""Getting files as the shell and the project allow: with their network rules and logins."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from sparkferry.http.addresses import bare, origin
from sparkferry.http.client import HttpClient
from sparkferry.http.failures import connected
from sparkferry.http.logins import Logins, basic
from sparkferry.http.message import FORBIDDEN, NOT_FOUND, TRANSIENT, UNAUTHORIZED, Request, Response
from sparkferry.http.network import Network, read_network
from sparkferry.http.redirects import follow
from sparkferry.http.retry import AgainError, seconds_of

if TYPE_CHECKING:
    import httpx

    from sparkferry.http.addresses import Login

REFUSED = frozenset({UNAUTHORIZED, FORBIDDEN})

_MAYBE_REFUSED = REFUSED | {NOT_FOUND}
"""With these, servers answer who has not logged in, or not as the right user."""


@dataclass(frozen=True, slots=True)
class Shell:
    """How servers are reached from a shell, for a project."""

    network: Network = field(default_factory=Network)
    logins: Logins = field(default_factory=Logins)


def this_shell(root: Path | None = None) -> Shell:
    """Return the rules of this process's environment, for a project in ``root``, else in its directory.

    Logins of the project's indexes are not among them.
    """
    environ = dict(os.environ)
    return Shell(read_network(environ, root or Path.cwd()), Logins(environ=environ))


@contextmanager
def opened(client: HttpClient, logins: Logins, call: Request) -> Iterator["httpx.Response"]:
    """Send a GET, follow redirects, log in where need be; within the block the body can be read.

    The status is not looked at, but after a refusal the next login is tried, and at last none: a login
    of netrc may be too old for a server that wants none.

    :raises AgainError: a connection broke.
    :raises ExternalError: a server cannot be trusted.
    """
    response = _sent(client, logins, call)
    try:
        with connected(call.action, client.route(call.url)):
            yield response
    finally:
        response.close()


def answer(client: HttpClient, logins: Logins, call: Request) -> Response:
    """Send a GET as :func:`opened` does, and return the answer.

    :raises AgainError: a connection broke, or the server cannot answer now.
    :raises ExternalError: a server cannot be trusted, or the answer is too long.
    """
    with opened(client, logins, call) as response:
        found = client.read(call, response)
    if found.status in TRANSIENT:
        wait = seconds_of(found.headers.get("Retry-After"), client.clock.now())
        raise AgainError(f"the server answered {found.status}", wait)
    return found


def _sent(client: HttpClient, logins: Logins, call: Request) -> "httpx.Response":
    tried: list[Login | None] = []
    response: httpx.Response | None = None
    for login in _logins(logins, call.url):
        if login in tried:
            continue
        tried.append(login)
        if response is not None:
            response.close()
        response = _follow(client, logins, call, login)
        if response.status_code not in _MAYBE_REFUSED:
            break
    return response or _follow(client, logins, call, None)


def _logins(logins: Logins, url: str) -> "Iterator[Login | None]":
    """Yield what to log in with, one after another while the server refuses."""
    found = False
    for login in logins.candidates(url):
        found = True
        yield login
    if not found:
        yield None
    keyring = logins.ask_keyring(url)
    if keyring:
        yield keyring
    if found:
        yield None


def _follow(
    client: HttpClient, logins: Logins, call: Request, login: "Login | None"
) -> "httpx.Response":
    def authorize(url: str) -> str | None:
        found = login if origin(url) == origin(call.url) else logins.find(url)
        return basic(found) if found else None

    plain = Request(call.method, bare(call.url), call.action, call.headers, call.body)
    return follow(client, plain, authorize, lambda url: origin(url)[0] in {"http", "https"})
