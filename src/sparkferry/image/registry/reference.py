"""References: how people name an image in a registry.

The grammar is that of the OCI distribution specification 1.1 and of Docker's short names, in which
``python:3.12`` is ``docker.io/library/python:3.12``.
"""

import re

import msgspec

from sparkferry.errors import UserError

DOCKER_HUB = "docker.io"
"""The registry that is meant where none is named."""

DEFAULT_TAG = "latest"

_HUB_NAMES = frozenset({DOCKER_HUB, "index.docker.io", "registry-1.docker.io"})
_COMPONENT = re.compile(r"[a-z0-9]+(?:(?:\.|__?|-+)[a-z0-9]+)*")
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_HOST = re.compile(rf"(?:{_LABEL}(?:\.{_LABEL})*|\[[0-9A-Fa-f:]+\])(?::([0-9]{{1,5}}))?")
_LONGEST_NAME = 255
_LAST_PORT = 65535


class Reference(msgspec.Struct, frozen=True, kw_only=True):
    """An image in a registry."""

    registry: str
    """Host, and port where one is named, as ``docker.io`` or ``localhost:5000``."""
    repository: str
    """As ``library/python``."""
    tag: str = ""
    """Empty where none is named."""
    digest: str = ""
    """As ``sha256:<hexadecimal>``; empty where none is named."""

    def __str__(self) -> str:
        """Return it in full, as ``registry/repository[:tag][@digest]``."""
        tag = f":{self.tag}" if self.tag else ""
        digest = f"@{self.digest}" if self.digest else ""
        return f"{self.registry}/{self.repository}{tag}{digest}"

    @property
    def wanted(self) -> str:
        """What is asked of the registry: the digest, else the tag, else ``latest``."""
        return self.digest or self.tag or DEFAULT_TAG


def parse(text: str) -> Reference:
    """Return what ``[registry/]repository[:tag][@digest]`` names.

    :raises UserError: it is not such a reference; the message says why.
    """
    if "://" in text:
        raise _wrong(text, "it begins with a scheme", f"write `{text.partition('://')[2]}`")
    rest, at, digest = text.partition("@")
    if at and not is_digest(digest):
        raise _wrong(text, "its digest is not `sha256:` and 64 hexadecimal digits")
    registry, path = _split_registry(text, rest)
    repository, colon, tag = path.partition(":")
    if colon and not is_tag(tag):
        raise _wrong(text, f"`{tag}` is not a valid tag", "a tag is 1 to 128 of A-Z a-z 0-9 _ . -")
    return _checked(
        text, Reference(registry=registry, repository=repository, tag=tag, digest=digest)
    )


def is_tag(text: str) -> bool:
    """Return whether a registry takes ``text`` as a tag."""
    return _TAG.fullmatch(text) is not None


def is_digest(text: str) -> bool:
    """Return whether ``text`` is a SHA-256 as registries write it."""
    return _DIGEST.fullmatch(text) is not None


def _split_registry(text: str, rest: str) -> tuple[str, str]:
    first, slash, path = rest.partition("/")
    if not slash or not (set(".:[") & set(first) or first == "localhost"):
        name = rest if slash else f"library/{rest}"
        return DOCKER_HUB, name if rest else ""
    registry = first.lower()
    if registry not in _HUB_NAMES:
        return _checked_host(text, registry), path
    return DOCKER_HUB, path if "/" in path else f"library/{path}"


def _checked_host(text: str, host: str) -> str:
    found = _HOST.fullmatch(host)
    if found is None:
        raise _wrong(text, f"`{host}` is not a valid host")
    if found[1] and not 0 < int(found[1]) <= _LAST_PORT:
        raise _wrong(text, f"there is no port {found[1]}")
    return host


def _checked(text: str, reference: Reference) -> Reference:
    name = reference.repository
    if not name or name == "library/":
        raise _wrong(text, "it names no repository")
    if len(name) > _LONGEST_NAME:
        raise _wrong(text, f"its repository is longer than {_LONGEST_NAME} characters")
    for part in name.split("/"):
        if not _COMPONENT.fullmatch(part):
            hint = "use a-z and 0-9, separated by single . or _ or by -, in parts divided by /"
            raise _wrong(text, f"`{part}` is not a valid part of a repository name", hint)
    return reference


def _wrong(text: str, reason: str, hint: str | None = None) -> UserError:
    return UserError(
        f"could not read the image reference `{text}`: {reason}",
        hint=hint or "write it as registry.example/team/image:tag",
    )
