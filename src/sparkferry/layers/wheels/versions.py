"""Versions of built wheels: whether one is what the lock names, and whether it is a stopgap."""

import re
from pathlib import Path
from typing import Any

from sparkferry.layers.locks.lock import read_pyproject

_FALLBACK = re.compile(
    r"""
    0(\.0)* ((a|b|rc)\d+)? (\.post\d+)? (\.dev\d+)? (\+.*)?  # versioneer, dunamai, pdm-backend
    | 0\.1\.dev\d+ (\+.*)?                                   # setuptools-scm, hatch-vcs
    """,
    re.VERBOSE,
)
"""Versions that build backends make up where Git names none, normalised after PEP 440."""

_SHORTEST_ABBREVIATION = 7
"""Hexadecimal digits of the shortest commit id that ``git describe`` writes by default."""


def is_fallback(version: str) -> bool:
    """Return whether the version is one that backends make up where they find no tag."""
    return _FALLBACK.fullmatch(version.replace("-", ".")) is not None


def is_same_version(built: str, locked: str, commit: str | None = None) -> bool:
    """Return whether both are the same version (PEP 440).

    How many digits of the ``commit`` a local version has depends on the number of objects in the
    repository that it was built in; this makes no difference.
    """
    if built == locked:
        return True
    from packaging.version import InvalidVersion, Version

    try:
        one, other = Version(built), Version(locked)
    except InvalidVersion:
        return False
    if one == other or commit is None:
        return one == other
    return one.public == other.public and _local(one.local, commit) == _local(other.local, commit)


def _local(local: str | None, commit: str) -> list[str]:
    return ["commit" if _abbreviates(part, commit) else part for part in (local or "").split(".")]


def _abbreviates(part: str, commit: str) -> bool:
    digits = part.removeprefix("g")
    return len(digits) >= _SHORTEST_ABBREVIATION and commit.startswith(digits)


def static_version(directory: Path) -> str | None:
    """Return the version that the directory's pyproject.toml states, or None where it is computed."""
    document = read_pyproject(directory)
    tool = _table(document, "tool")
    if "poetry-dynamic-versioning" in tool:
        return None
    found = (_table(document, "project").get("version"), _table(tool, "poetry").get("version"))
    return next((version for version in found if isinstance(version, str)), None)


def _table(document: dict[str, Any], key: str) -> dict[str, Any]:
    value = document.get(key)
    return value if isinstance(value, dict) else {}
