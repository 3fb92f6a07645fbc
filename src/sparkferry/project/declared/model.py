"""What a project declares that it needs."""

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
