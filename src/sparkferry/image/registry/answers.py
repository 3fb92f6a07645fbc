"""What registries answer, and what their refusals mean for the user."""

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from sparkferry.errors import ExternalError
from sparkferry.http.message import UNAUTHORIZED, Response
from sparkferry.image.registry.hosts import is_google
from sparkferry.process import redact

_LONGEST_REASON = 300
_TAGS = re.compile(r"(?s)<(script|style)\b.*?</\1\s*>|<!--.*?-->|<[^>]*>")
"""What is not text in an HTML page."""

_IMMUTABLE = re.compile(r"(?i)immutable|overwrit|already exists")
"""What registries say of a tag that may not be moved: ECR (TAG_INVALID, 400), Harbor (PRECONDITION,
412), Artifact Registry (DENIED, 403 or 400), ACR (409)."""

_CONFLICT = frozenset({409, 412})


class _Problem(msgspec.Struct, frozen=True):
    code: str = ""
    message: str = ""

    def __str__(self) -> str:
        return ": ".join(part for part in (self.code, self.message) if part)


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


def failure(action: str, answer: Response, host: str) -> ExternalError:
    """Return the error about ``answer``, which ended ``action`` at the registry ``host``."""
    return ExternalError(f"could not {action}: {reason(answer, host)}", hint=hint(answer, host))


def reason(answer: Response, host: str) -> str:
    """Return what ``answer`` says, on one line: codes and messages, or the text of another body."""
    said = "; ".join(text for problem in _problems(answer) if (text := str(problem)))
    text = " ".join(redact(said or _plain(answer.body)).split())
    text = "".join(char if char.isprintable() else " " for char in text).strip()
    text = text if len(text) <= _LONGEST_REASON else f"{text[:_LONGEST_REASON]}…"
    return f"{host} answered {answer.status}" + (f": {text}" if text else "")


def hint(answer: Response, host: str) -> str | None:
    """Return what the user can do about ``answer``, if that is known."""
    problems = tuple(_problems(answer))
    if any("quota" in problem.message.lower() for problem in problems):
        return _BY_STATUS[507].format(host=host)
    if answer.status == UNAUTHORIZED:
        return login_hint(host)
    codes = (_BY_CODE.get(problem.code) for problem in problems)
    found = next((item for item in codes if item), None) or _BY_STATUS.get(answer.status)
    return found.format(host=host) if found else None


def has_code(answer: Response, code: str) -> bool:
    """Return whether the registry named this code of the distribution specification."""
    return any(problem.code == code for problem in _problems(answer))


def is_immutable(answer: Response) -> bool:
    """Return whether a tag was refused since it exists and may not be moved."""
    said = any(_IMMUTABLE.search(str(problem)) for problem in _problems(answer))
    return said or answer.status in _CONFLICT


def login_hint(host: str) -> str:
    """Return how to log in to ``host``."""
    if not is_google(host):
        return f"log in: `docker login {host}` or `podman login {host}`"
    return (
        f"let GOOGLE_APPLICATION_CREDENTIALS name a key, or `gcloud auth configure-docker {host}`"
    )


def _problems(answer: Response) -> Iterator[_Problem]:
    """Yield the problems of a body in the specification's format, or in that of others."""
    said = _decoded(answer.body)
    if not isinstance(said, dict):
        return
    listed = said.get("errors")
    for item in listed if isinstance(listed, list) else ():
        if isinstance(item, dict):
            yield _Problem(_text(item, "code"), _text(item, "message", "detail"))
    if not listed:
        yield _Problem(
            "", _text(said, "message", "details", "detail", "error_description", "error")
        )


def _text(item: dict[str, Any], *keys: str) -> str:
    return next((item[key] for key in keys if isinstance(item.get(key), str)), "")


def _decoded(body: bytes) -> object:
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _plain(body: bytes) -> str:
    """Return the text of a body that is not JSON; that of an HTML page without its tags."""
    if _decoded(body) is not None:
        return ""
    text = body[: 64 * _LONGEST_REASON].decode("utf-8", "replace").replace("\ufffd", " ")
    return _TAGS.sub(" ", text)
