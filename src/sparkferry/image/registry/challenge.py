"""What a server wants to know of a client: the header ``WWW-Authenticate``.

RFC 9110, 11.6.1; the parameters of Bearer are those of Docker's token authentication
(https://distribution.github.io/distribution/spec/auth/token/).
"""

import re
from collections.abc import Iterable

import msgspec

_WORD = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_PART = re.compile(
    rf"\s*(?:(?P<name>{_WORD})\s*=\s*(?:\"(?P<quoted>(?:[^\"\\]|\\.)*)\"|(?P<plain>[^\s,\"]+))"
    rf"|(?P<scheme>{_WORD}))\s*(?:,|(?=\s)|$)"
)


class Challenge(msgspec.Struct, frozen=True, kw_only=True):
    """One way that a server accepts."""

    scheme: str
    """In lower case: ``basic`` or ``bearer``."""
    realm: str = ""
    """Of ``bearer``: the address that gives tokens."""
    service: str = ""
    scope: str = ""
    error: str = ""


def parse_challenges(headers: Iterable[str]) -> tuple[Challenge, ...]:
    """Return the challenges of all ``WWW-Authenticate`` headers; those nobody can read are left out."""
    found: list[tuple[str, dict[str, str]]] = []
    for header in headers:
        for part in _PART.finditer(header):
            if part["scheme"]:
                found.append((part["scheme"].lower(), {}))
            elif found:
                quoted = part["quoted"]
                value = part["plain"] if quoted is None else re.sub(r"\\(.)", r"\1", quoted)
                found[-1][1].setdefault(part["name"].lower(), value)
    return tuple(_challenge(scheme, parameters) for scheme, parameters in found)


def preferred(challenges: Iterable[Challenge]) -> Challenge | None:
    """Return the challenge that we answer: a token before a password; None if there is neither."""
    known = {item.scheme: item for item in challenges if item.scheme in {"basic", "bearer"}}
    bearer = known.get("bearer")
    return bearer if bearer and bearer.realm else known.get("basic") or bearer


def _challenge(scheme: str, parameters: dict[str, str]) -> Challenge:
    fields = {name: parameters.get(name, "") for name in ("realm", "service", "scope", "error")}
    return Challenge(scheme=scheme, **fields)
