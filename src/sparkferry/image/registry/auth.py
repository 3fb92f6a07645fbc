"""Logging in to one registry: what goes into ``Authorization``.

Bearer tokens after https://distribution.github.io/distribution/spec/auth/token/ and, for identity
tokens, …/oauth/; else Basic. A login is sent to the registry itself and to the realm that it names.
"""

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlencode

import msgspec

from sparkferry.errors import ExternalError, SparkferryError
from sparkferry.http.addresses import netloc, origin
from sparkferry.http.logins import basic
from sparkferry.http.message import Request, Response
from sparkferry.http.retry import persist
from sparkferry.image.registry.answers import hint, reason
from sparkferry.image.registry.challenge import Challenge, parse_challenges, preferred
from sparkferry.image.registry.hosts import Credential
from sparkferry.image.registry.http import RegistryClient

_LIFETIME = 60
"""Seconds that a token lives where its server does not say (the token specification's minimum)."""

_LONGEST_LIFE = 86400.0
"""Seconds after which a new token is asked for, whatever the server says."""

_MARGIN = 0.8
"""The part of its life after which a token is not used for new requests."""

_CLIENT = "sparkferry"


class Scope(msgspec.Struct, frozen=True):
    """What a request needs to be allowed."""

    repository: str
    """Whose login is used."""
    scopes: tuple[str, ...]
    """As ``repository:<name>:pull,push``."""


def to_pull(repository: str) -> Scope:
    """Return what reading of ``repository`` needs."""
    return Scope(repository, (f"repository:{repository}:pull",))


def to_push(repository: str) -> Scope:
    """Return what writing to ``repository`` needs."""
    return Scope(repository, (f"repository:{repository}:pull,push",))


def to_mount(repository: str, source: str) -> Scope:
    """Return what it needs to take a blob from ``source`` over into ``repository``."""
    return Scope(repository, (*to_push(repository).scopes, *to_pull(source).scopes))


@dataclass(frozen=True, slots=True)
class _Header:
    value: str = field(repr=False)
    until: datetime | None
    """None where it does not expire."""


class Authenticator:
    """The logins of one registry; safe to use from several threads.

    ``find`` returns the login for a repository, or None where there is none.
    """

    def __init__(
        self,
        host: str,
        web: RegistryClient,
        find: Callable[[str], Credential | None],
        warn: Callable[[str], None],
    ) -> None:
        self._host, self._web, self._find, self._warn = host, web, find, warn
        self.problem: SparkferryError | None = None
        """Why no login was found for what only reads."""
        self._challenge: Challenge | None = None
        self._headers: dict[Scope, _Header] = {}
        self._logins: dict[str, Credential | None] = {}
        self._lock = threading.Lock()

    def challenged(self, headers: Iterable[str]) -> None:
        """Note what the registry wants to know of its clients."""
        self._challenge = preferred(parse_challenges(headers)) or self._challenge

    def header(self, need: Scope) -> str | None:
        """Return the value of ``Authorization``, or None where the registry wants none or we have none.

        :raises ExternalError: the login was refused, or the server of tokens cannot be used.
        """
        with self._lock:
            if self._challenge is None:
                return None
            known = self._headers.get(need)
            if known and (known.until is None or known.until > self._web.clock.now()):
                return known.value
            return self._make(self._challenge, need, need.scopes)

    def renew(self, headers: Iterable[str], need: Scope, refused: str | None) -> str | None:
        """Return another value after the registry refused ``refused``; None if there is no other.

        :raises ExternalError: as for :meth:`header`.
        """
        challenge = preferred(parse_challenges(headers))
        with self._lock:
            known = self._headers.get(need)
            if known and known.value != refused:
                return known.value
            if challenge is None:
                return None
            self._challenge = challenge
            self._logins.pop(need.repository, None)
            asked = joined_scopes((*need.scopes, *challenge.scope.split()))
            value = self._make(challenge, need, asked)
            return value if value != refused else None

    def _make(self, challenge: Challenge, need: Scope, scopes: tuple[str, ...]) -> str | None:
        if need.repository not in self._logins:
            self._logins[need.repository] = self._found(need)
        login = self._logins[need.repository]
        if challenge.scheme == "basic":
            made = _Header(basic((login.username, login.secret)), None) if login else None
        else:
            made = self._bearer(challenge, scopes, login)
        if made is None:
            return None
        self._headers[need] = made
        return made.value

    def _found(self, need: Scope) -> Credential | None:
        """Return the login; where a helper cannot be asked, what only reads goes on without one."""
        try:
            return self._find(need.repository)
        except SparkferryError as error:
            if not all(scope.endswith(":pull") for scope in need.scopes):
                raise
            if self.problem is None:
                self._warn(f"warning: {error.message}: going on without a login")
            self.problem = error
            return None

    def _bearer(
        self, challenge: Challenge, scopes: tuple[str, ...], login: Credential | None
    ) -> _Header:
        self._check_realm(challenge.realm)
        call = _token_call(challenge, scopes, login)
        header = (
            basic((login.username, login.secret)) if login and not login.is_identity_token else None
        )
        answer = persist(
            call.action,
            self._web.clock,
            lambda: self._web.answer(call, header),
            self._web.network.attempts,
        )
        if not answer.ok:
            raise self.problem or _refused(answer, self._host, login)
        token, seconds = _token_in(answer.body)
        if not token:
            said = reason(answer, netloc(call.url))
            raise ExternalError(f"could not {call.action}: the answer holds no token: {said}")
        life = timedelta(seconds=seconds * _MARGIN)
        return _Header(f"Bearer {token}", self._web.clock.now() + life)

    def _check_realm(self, realm: str) -> None:
        scheme, _, _ = origin(realm)
        access = self._web.access
        plain = self._host in access.insecure or access.allows_plain(netloc(realm))
        if scheme == "https" or (scheme == "http" and plain):
            return
        raise ExternalError(
            f"could not log in to `{self._host}`: it wants the login sent to "
            f"`{scheme}://{netloc(realm)}`, where others could read it",
            hint="the registry is set up wrongly: tell its administrator; where nobody can listen "
            "in, `--insecure` allows it",
        )


def joined_scopes(scopes: Iterable[str]) -> tuple[str, ...]:
    """Return the scopes, each resource once, with all actions that are asked of it, in order.

    Registries name actions in any order, so the same scope may be written in several ways.
    """
    found: dict[str, set[str]] = {}
    for scope in scopes:
        resource, _, actions = scope.rpartition(":")
        found.setdefault(resource, set()).update(actions.split(","))
    return tuple(f"{resource}:{','.join(sorted(found[resource]))}" for resource in sorted(found))


def _token_call(challenge: Challenge, scopes: tuple[str, ...], login: Credential | None) -> Request:
    action = f"get a token from `{netloc(challenge.realm)}`"
    service = [("service", challenge.service)] if challenge.service else []
    if login and login.is_identity_token:
        form = [
            ("grant_type", "refresh_token"), *service, ("client_id", _CLIENT),
            ("scope", " ".join(scopes)), ("refresh_token", login.secret),
        ]  # fmt: skip
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return Request("POST", challenge.realm, action, kind, urlencode(form).encode())
    query = urlencode([*service, *(("scope", scope) for scope in scopes)])
    separator = "&" if "?" in challenge.realm else "?"
    return Request("GET", f"{challenge.realm}{separator}{query}", action)


def _token_in(body: bytes) -> tuple[str, float]:
    """Return the token of an answer, empty where it holds none, and the seconds that it lives."""
    try:
        said = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        said = None
    fields = said if isinstance(said, dict) else {}
    tokens = (fields.get(name) for name in ("access_token", "token"))
    token = next((found for found in tokens if found and isinstance(found, str)), "")
    try:
        seconds = float(fields.get("expires_in") or _LIFETIME)
    except (TypeError, ValueError):
        seconds = _LIFETIME
    usable = token.isascii() and token.isprintable()
    return token if usable else "", min(max(seconds, 1.0), _LONGEST_LIFE)


def _refused(answer: Response, host: str, login: Credential | None) -> ExternalError:
    who = f"as `{login.username}`" if login and login.username else "without a login"
    said = reason(answer, host)
    if login:
        said = said.replace(login.secret, "***").replace(
            basic((login.username, login.secret)).split()[1], "***"
        )
    return ExternalError(f"could not log in to `{host}` {who}: {said}", hint=hint(answer, host))
