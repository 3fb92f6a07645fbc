"""A server of tokens: what it gives, docker-registry verifies by itself."""

import base64
import json
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import parse_qs, parse_qsl, urlsplit

from support.authority import Authority
from support.registry_proxy import PlainHandler, serving

ISSUER, SERVICE = "tests", "registry-of-tests"


class TokenServer:
    """Knows ``users`` and what they may do, and the scopes that were asked for.

    ``identity`` tokens stand for users, too. The next token for each scope in
    ``expired`` has its life behind it.
    """

    def __init__(self, authority: Authority) -> None:
        self.authority = authority
        self.url = ""
        self.users: dict[str, str] = {}
        self.identity: dict[str, str] = {}
        self.allowed: dict[str, set[str]] = {}
        """Actions that anybody who is known may do, by repository; all where it is not named."""
        self.anonymous: set[str] = set()
        """Actions for those without a login."""
        self.expired: list[str] = []
        self.lifetime: object = 300
        self.narrow = 0
        """A status, in place of a token for more than one repository; 1: the first scope alone."""
        self.answer: bytes | None = None
        """What is said in place of any token."""
        self.asked: list[tuple[str, ...]] = []
        self.clients: list[str] = []

    def give(self, user: str | None, scopes: tuple[str, ...]) -> dict[str, object]:
        self.asked.append(scopes)
        access = [self._access(user, *scope.split(":")) for scope in scopes]
        now = int(time.time())
        over = [scope for scope in scopes if scope in self.expired]
        for scope in over:
            self.expired.remove(scope)
        claims = {
            "iss": ISSUER, "aud": SERVICE, "sub": user or "", "access": access,
            "iat": now - 600, "nbf": now - 600, "exp": now + (-300 if over else 300),
            "jti": uuid.uuid4().hex,
        }  # fmt: skip
        return {"token": self.authority.token(claims), "expires_in": self.lifetime}

    def _access(self, user: str | None, kind: str, name: str, actions: str) -> dict[str, object]:
        may = self.anonymous if user is None else self.allowed.get(name, {"pull", "push"})
        return {"type": kind, "name": name, "actions": sorted(may & set(actions.split(",")))}


@contextmanager
def giving_tokens(authority: Authority) -> Iterator[TokenServer]:
    """Start a server of tokens; it is gone with the block."""
    found = TokenServer(authority)

    class Handler(_Handler):
        server_of_tokens = found

    with serving(Handler) as host:
        found.url = f"http://{host}/token"
        yield found


class _Handler(PlainHandler):
    server_of_tokens: TokenServer

    def _get(self) -> None:
        query = parse_qsl(urlsplit(self.path).query)
        scopes = tuple(value for name, value in query if name == "scope")
        server = self.server_of_tokens
        if server.answer is not None:
            self.answer(200, {"Content-Type": "text/html"}, server.answer)
            return
        if server.narrow and len(scopes) > 1:
            if server.narrow > 1:
                server.asked.append(scopes)
                self._say(server.narrow, {"errors": [{"code": "DENIED"}]})
                return
            scopes = scopes[:1]
        login = self.headers.get("Authorization", "")
        if not login:
            self._give(None, scopes)
            return
        user, _, password = base64.b64decode(login.removeprefix("Basic ")).decode().partition(":")
        if self.server_of_tokens.users.get(user) == password:
            self._give(user, scopes)
        else:
            self._say(401, {"errors": [{"code": "UNAUTHORIZED", "message": f"not {login}"}]})

    def _post(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        form = {name: values[0] for name, values in parse_qs(body).items()}
        self.server_of_tokens.clients.append(form["client_id"])
        user = self.server_of_tokens.identity.get(form["refresh_token"])
        if user is None or form["grant_type"] != "refresh_token":
            self._say(401, {"errors": [{"code": "UNAUTHORIZED", "message": body}]})
        else:
            self._give(user, tuple(form["scope"].split()))

    do_GET, do_POST = _get, _post  # noqa: N815 - named by http.server

    def _give(self, user: str | None, scopes: tuple[str, ...]) -> None:
        self._say(200, self.server_of_tokens.give(user, scopes))

    def _say(self, status: int, value: dict[str, object]) -> None:
        self.answer(status, {"Content-Type": "application/json"}, json.dumps(value).encode())
