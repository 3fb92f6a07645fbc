"""Requirements in the one form in which those of pyproject.toml and those of uv.lock are compared."""

import itertools
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from sparkferry.layers.locks.freshness.condition import ALWAYS, NEVER, Condition, equal, parse

Origin = tuple[str, ...]
"""Where a package comes from: the kind, as ``git``, and what else of it is compared."""


Key = tuple[str, frozenset[str], Origin]
"""Name, extras and origin of a requirement."""

_ANY: Origin = ("index", "", "")


@dataclass(frozen=True)
class Wanted:
    """One requirement."""

    name: str
    """Normalised (PEP 503)."""
    extras: frozenset[str]
    origin: Origin
    condition: Condition = ALWAYS
    text: str = ""
    """As messages show it."""

    @property
    def key(self) -> Key:
        """All but the condition."""
        return self.name, self.extras, self.origin


def from_text(text: str, root: Path) -> Wanted:
    """Return the requirement of PEP 508; relative paths in it start from ``root``.

    :raises ValueError: it is not a requirement.
    """
    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    found = Requirement(text)
    origin = (
        from_url(found.url, root) if found.url else ("index", "", specifiers(str(found.specifier)))
    )
    return Wanted(
        name=canonicalize_name(found.name),
        extras=frozenset(map(canonicalize_name, found.extras)),
        origin=origin,
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
        condition=parse(item.get("marker")),
        text=f"{item['name']}{item.get('specifier', '')}",
    )


def specifiers(text: str) -> str:
    """Return PEP 440 specifiers in one order and form."""
    from packaging.specifiers import SpecifierSet
    from packaging.utils import canonicalize_version

    return ",".join(
        sorted(
            f"{part.operator}{part.version if part.operator == '~=' else canonicalize_version(part.version)}"
            for part in SpecifierSet(text)
        )
    )


def index(url: str, text: str) -> Origin:
    """Return the origin of what comes from the index at ``url``, with the specifiers ``text``."""
    return "index", plain_url(url).rstrip("/"), specifiers(text)


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
    text = item.get("specifier", "")
    return index(item["index"], text) if "index" in item else ("index", "", specifiers(text))


def merged(wanted: Iterable[Wanted], python: str) -> dict[Key, Wanted]:
    """Return the requirements by key, one for each extra, without those that add nothing.

    The conditions of those that are equal otherwise are joined. A name alone adds nothing where another
    requirement of the same package holds. uv tells neither apart.
    """
    found: dict[Key, Wanted] = {}
    for item in itertools.chain.from_iterable(map(_single, wanted)):
        before = found.get(item.key)
        condition = before.condition | item.condition if before else item.condition
        found[item.key] = replace(item, condition=condition)
    return {key: item for key, item in found.items() if not _is_implied(item, found, python)}


def _single(item: Wanted) -> Iterator[Wanted]:
    """Yield the requirement without extras, and once with each extra."""
    yield replace(item, extras=frozenset())
    yield from (replace(item, extras=frozenset({extra})) for extra in item.extras)


def _is_implied(item: Wanted, found: dict[Key, Wanted], python: str) -> bool:
    others = NEVER
    for other in found.values():
        if other.key != item.key and other.name == item.name and other.extras >= item.extras:
            others |= other.condition
    return item.origin == _ANY and equal(item.condition & ~others, NEVER, python)


def differences(
    asked: Iterable[Wanted], locked: Iterable[Wanted], python: str
) -> Iterator[tuple[str, Wanted | None, Wanted | None]]:
    """Yield the name of each package that is asked for otherwise than it was locked, and both sides."""
    ours, theirs = merged(asked, python), merged(locked, python)
    names = {
        key[0]
        for key in ours.keys() | theirs.keys()
        if not equal(_condition(ours, key), _condition(theirs, key), python)
    }
    for name in sorted(names):
        yield name, _named(ours, name), _named(theirs, name)


def _condition(
    wanted: dict[Key, Wanted],
    key: Key,
) -> Condition:
    return wanted[key].condition if key in wanted else NEVER


def _named(wanted: dict[Key, Wanted], name: str) -> Wanted | None:
    return next((item for key, item in wanted.items() if key[0] == name), None)
