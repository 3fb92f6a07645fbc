"""Requirements in the one form in which those of pyproject.toml and those of uv.lock are compared."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from sparkferry.layers.locks.freshness.condition import ALWAYS, Condition, parse
from sparkferry.layers.locks.freshness.versions import admitted

Origin = tuple[str, ...]
"""Where a package comes from: the kind, as ``git``, and what else of it is compared."""


ANY_INDEX: Origin = ("index", "")


@dataclass(frozen=True)
class Wanted:
    """One requirement."""

    name: str
    """Normalised (PEP 503)."""
    extras: frozenset[str]
    origin: Origin
    specifiers: str = ""
    """Versions that serve (PEP 440); empty where any does."""
    condition: Condition = ALWAYS
    text: str = ""
    """As messages show it."""

    @property
    def key(self) -> tuple[object, ...]:
        """All but the condition, in one form for requirements that are written alike."""
        return (
            self.extras,
            self.origin,
            admitted(frozenset({self.specifiers})),
            self.condition.texts,
        )


def from_text(text: str, root: Path) -> Wanted:
    """Return the requirement of PEP 508; relative paths in it start from ``root``.

    :raises ValueError: it is not a requirement.
    """
    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    found = Requirement(text)
    return Wanted(
        name=canonicalize_name(found.name),
        extras=frozenset(map(canonicalize_name, found.extras)),
        origin=from_url(found.url, root) if found.url else ANY_INDEX,
        specifiers=str(found.specifier),
        condition=parse(str(found.marker) if found.marker else None),
        text=text,
    )


def from_table(item: dict[str, Any], root: Path) -> Wanted:
    """Return the requirement of a table in uv.lock, which is in ``root``.

    :raises ValueError: its marker is not one.
    :raises KeyError: it has no name.
    """
    from packaging.utils import canonicalize_name

    return Wanted(
        name=canonicalize_name(item["name"]),
        extras=frozenset(map(canonicalize_name, item.get("extras", ()))),
        origin=_origin(item, root),
        specifiers=item.get("specifier", ""),
        condition=parse(item.get("marker")),
        text=f"{item['name']}{item.get('specifier', '')}",
    )


def index(url: str) -> Origin:
    """Return the origin of what comes from the index at ``url``."""
    return "index", plain_url(url).rstrip("/")


def git(url: str, reference: tuple[str, str], subdirectory: str = "") -> Origin:
    """Return the origin of a repository; ``reference`` is its kind, as ``tag``, and its name."""
    return "git", plain_url(url), *reference, subdirectory.strip("/")


def local(kind: str, path: Path) -> Origin:
    """Return the origin of a directory or file; ``kind`` is the key that uv.lock has for it."""
    return kind, os.path.normpath(path)


def archive(url: str, subdirectory: str = "") -> Origin:
    """Return the origin of a file at ``url``."""
    return "url", plain_url(url), subdirectory.strip("/")


def from_url(url: str, root: Path) -> Origin:
    """Return the origin of a direct reference (PEP 440)."""
    scheme, _, rest = url.partition("+")
    fragment = dict(parse_qsl(urlsplit(url).fragment))
    subdirectory = fragment.get("subdirectory", "")
    if scheme == "git":
        bare = rest.partition("#")[0]
        head, at, revision = bare.rpartition("@")
        # Else the `@` belongs to a login.
        has_revision = at and "/" in head.partition("://")[2]
        reference = ("rev", revision) if has_revision else ("", "")
        return git(head if has_revision else bare, reference, subdirectory)
    if urlsplit(url).scheme in {"http", "https"}:
        return archive(url, subdirectory)
    path = root / urlsplit(url).path
    return local("directory" if path.is_dir() else "path", path)


def plain_url(url: str) -> str:
    """Return ``url`` without login, query and fragment, its host in lower case."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2].lower()
    for scheme, port in (("https", ":443"), ("http", ":80")):
        if parts.scheme == scheme:
            host = host.removesuffix(port)
    return f"{parts.scheme.lower()}://{host}{parts.path}"


def _origin(item: dict[str, Any], root: Path) -> Origin:
    if "git" in item:
        query = dict(parse_qsl(urlsplit(item["git"]).query))
        kinds = [kind for kind in ("rev", "tag", "branch") if kind in query]
        reference = (kinds[0], query[kinds[0]]) if kinds else ("", "")
        below = query.get("path") or query.get("subdirectory") or ""
        return git(item["git"], reference, below)
    if "url" in item:
        return archive(item["url"], item.get("subdirectory", ""))
    for kind in ("editable", "directory", "virtual", "path"):
        if kind in item:
            return local(kind, root / item[kind])
    return index(item["index"]) if "index" in item else ANY_INDEX
