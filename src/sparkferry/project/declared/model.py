"""What a project declares that it needs."""

from typing import Any

import msgspec

Requirements = tuple[str, ...]
"""Requirements of PEP 508, as text."""


class Declared(msgspec.Struct, frozen=True, kw_only=True):
    """What pyproject.toml, and the files that it names, require."""

    name: str | None = None
    """As written; None where it is not given."""
    version: str | None = None
    """None where it is not given or dynamic."""
    requires_python: str | None = None
    """PEP 440 specifiers; None where none are given."""
    dependencies: Requirements = ()
    extras: dict[str, Requirements] = {}
    """Requirements of each extra, by its normalised name."""
    groups: dict[str, Requirements] = {}
    """Requirements of each dependency group, included groups resolved, by its normalised name."""
    unknown: tuple[str, ...] = ()
    """Keys of ``[project]`` that only the build backend knows: ``dependencies``, ``requires-python``,
    ``optional-dependencies``."""
    backend: str | None = None
    """The build backend, as ``hatchling.build``."""


def table(document: object, *keys: str) -> dict[str, Any]:
    """Return the table below ``keys``; an empty one where there is none."""
    for key in keys:
        document = document.get(key) if isinstance(document, dict) else None
    return document if isinstance(document, dict) else {}


def names(value: object) -> list[str]:
    """Return the texts of a list; none where it is not a list."""
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []
