"""Dependencies between packages, as the fields ``Depends``, ``Provides``, … state them (Policy 7.1)."""

import re
from collections.abc import Iterable
from functools import lru_cache

import msgspec

from sparkferry.image.debian.version import satisfies

_RELATION = re.compile(
    r"\s*(?P<name>[A-Za-z0-9][A-Za-z0-9+.\-]*)(?::(?P<qualifier>[a-z0-9-]+))?"
    r"\s*(?:\(\s*(?P<relation><<|<=|=|>=|>>|<|>)\s*(?P<version>[^\s)]+)\s*\))?\s*"
)


class Relation(msgspec.Struct, frozen=True, kw_only=True):
    """One package that is asked for, or provided."""

    name: str
    qualifier: str = ""
    """``any``, ``native`` or an architecture; mostly empty."""
    relation: str = ""
    version: str = ""

    def accepts(self, version: str) -> bool:
        """Tell whether a package of this name with ``version`` will do."""
        return not self.relation or satisfies(version, self.relation, self.version)

    def fits(self, architecture: str) -> bool:
        """Tell whether the architecture qualifier allows the image's architecture."""
        return self.qualifier in {"", "any", "native", architecture}

    def __str__(self) -> str:
        """Return the relation as a package writes it."""
        version = f" ({self.relation} {self.version})" if self.relation else ""
        return self.name + (f":{self.qualifier}" if self.qualifier else "") + version


Group = tuple[Relation, ...]
"""Alternatives, any of which will do, in the order of preference."""


@lru_cache(maxsize=4096)
def parse_relations(field: str) -> tuple[Group, ...]:
    """Return the groups of alternatives that a field states.

    :raises ValueError: it is not what Policy 7.1 allows in a binary package.
    """
    groups = (part for part in field.replace("\n", " ").split(",") if part.strip())
    return tuple(tuple(_relation(item) for item in group.split("|")) for group in groups)


def provided_version(provides: str, name: str) -> str | None:
    """Return the version of ``name`` that the field ``Provides`` names: empty without one, None if not."""
    for (relation,) in parse_relations(provides):
        if relation.name == name:
            return relation.version
    return None


def provides_for(wanted: Relation, provides: str) -> bool:
    """Tell whether a package with this field ``Provides`` will do for ``wanted`` (Policy 7.5)."""
    version = provided_version(provides, wanted.name) if wanted.name in provides else None
    if version is None:
        return False
    return not wanted.relation or (version != "" and wanted.accepts(version))


def text_of(group: Iterable[Relation]) -> str:
    """Return a group of alternatives as a package writes it."""
    return " | ".join(map(str, group))


def _relation(text: str) -> Relation:
    found = _RELATION.fullmatch(text)
    if found is None:
        raise ValueError(f"`{text.strip()}` is not a relation to a package")
    return Relation(**{key: value or "" for key, value in found.groupdict().items()})
