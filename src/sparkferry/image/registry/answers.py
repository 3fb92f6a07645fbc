"""What registries answer, and what their refusals mean for the user."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec

from sparkferry.errors import WorldError
from sparkferry.image.registry.hosts import is_google
from sparkferry.process import redact

UNAUTHORIZED = 401
NOT_FOUND = 404
TOO_LARGE = 413

TRANSIENT = frozenset({408, 425, 429, 500, 502, 503, 504})
"""After these the same request may succeed."""

_LONGEST_REASON = 300


@dataclass(frozen=True, slots=True)
class Answer:
    """A response, read to its end."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    """Names are looked up whatever their case."""
    body: bytes = field(repr=False)

    @property
    def ok(self) -> bool:
        """Whether the registry did what it was asked."""
        return 200 <= self.status < 300


class _Problem(msgspec.Struct, frozen=True):
    code: str = ""
    message: str = ""


class _Problems(msgspec.Struct, frozen=True):
    errors: tuple[_Problem, ...] = ()
    details: str = ""


_BY_CODE = {
    "DENIED": "the login for `{host}` may not do this: ask its administrator for the right, or log in "
    "as somebody else: `docker login {host}`",
    "NAME_UNKNOWN": "there is no such repository: check its name; some registries want it created "
    "before the first push",
    "NAME_INVALID": "the registry does not take this name of a repository",
    "MANIFEST_UNKNOWN": "there is no such tag or digest: check it",
    "MANIFEST_BLOB_UNKNOWN": "the registry lost a blob that it had: push again",
    "TOOMANYREQUESTS": "the registry limits how much is asked of it: wait, or log in: "
    "`docker login {host}`",
    "UNSUPPORTED": "the registry cannot do this: it may be read-only, or a cache of another one",
    "SIZE_INVALID": "the registry limits the size of what it takes",
}
"""By the codes of the distribution specification 1.1."""

_BY_STATUS = {
    403: _BY_CODE["DENIED"],
    404: _BY_CODE["NAME_UNKNOWN"],
    405: _BY_CODE["UNSUPPORTED"],
    413: _BY_CODE["SIZE_INVALID"],
    429: _BY_CODE["TOOMANYREQUESTS"],
    507: "the registry is full: remove images that nobody needs, or ask its administrator",
}


def failure(action: str, answer: Answer, host: str) -> WorldError:
    """Return the error about ``answer``, which ended ``action`` at the registry ``host``."""
    return WorldError(f"could not {action}: {reason(answer, host)}", hint=hint(answer, host))


def reason(answer: Answer, host: str) -> str:
    """Return what ``answer`` says, on one line."""
    said = "; ".join(_said(item) for item in _problems(answer).errors) or _problems(answer).details
    text = "".join(char if char.isprintable() else " " for char in redact(said))
    text = text if len(text) <= _LONGEST_REASON else f"{text[:_LONGEST_REASON]}…"
    return f"{host} answered {answer.status}" + (f": {text}" if text else "")


def hint(answer: Answer, host: str) -> str | None:
    """Return what the user can do about ``answer``, if that is known."""
    problems = _problems(answer).errors
    if any("quota" in problem.message.lower() for problem in problems):
        return _BY_STATUS[507].format(host=host)
    if answer.status == UNAUTHORIZED:
        return login_hint(host)
    codes = (_BY_CODE.get(problem.code) for problem in problems)
    found = next((item for item in codes if item), None) or _BY_STATUS.get(answer.status)
    return found.format(host=host) if found else None


def login_hint(host: str) -> str:
    """Return how to log in to ``host``."""
    if not is_google(host):
        return f"log in: `docker login {host}` or `podman login {host}`"
    return (
        f"let GOOGLE_APPLICATION_CREDENTIALS name a key, or `gcloud auth configure-docker {host}`"
    )


def _said(problem: _Problem) -> str:
    return ": ".join(part for part in (problem.code, problem.message) if part)


def _problems(answer: Answer) -> _Problems:
    try:
        return msgspec.json.decode(answer.body, type=_Problems)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return _Problems()
