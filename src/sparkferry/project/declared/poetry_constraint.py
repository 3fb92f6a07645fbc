"""Poetry's version constraints as specifiers of PEP 440.

Source: https://python-poetry.org/docs/dependency-specification/ and poetry-core's
``constraints/version/parser.py``.
"""

import re

_SINGLE = re.compile(
    r"(?P<operator>\^|~=|~|===?|=|!=|<>|>=|<=|>|<)?\s*v?(?P<version>[0-9][^\s,|*]*?)(?P<any>(?:\.\*)*)"
)
_ANYTHING = re.compile(r"v?[xX*](\.[xX*])*")
_SEPARATOR = re.compile(r"(?<![\^~=<>! ,])\s*[, ]\s*(?![, ]|$)")
_OPERATORS = {None: "==", "=": "==", "<>": "!="}
_NEWEST_MINOR = 40
"""Minor versions of Python 3 that a gap between two ranges is looked for in."""

_NEWEST_PATCH = 99
"""Stands for the newest patch release of a minor version."""


def alternatives(text: str) -> tuple[str, ...]:
    """Return PEP 440 specifier sets of which one must hold; an empty one always holds.

    :raises ValueError: it is not a constraint of Poetry.
    """
    return tuple(_all_of(part) for part in re.split(r"\s*\|\|?\s*", text.strip()))


def python_range(text: str) -> str:
    """Return the one PEP 440 specifier set that admits the minor versions of Python 3 that ``text`` admits.

    :raises ValueError: it is not a constraint of Poetry, or it admits no Python 3.
    """
    found = tuple(item or ">=3" for item in alternatives(text))
    return found[0] if len(found) == 1 else _union(found)


def _union(ranges: tuple[str, ...]) -> str:
    """Return specifiers of the minor versions of Python 3 that are in one of the ranges."""
    from packaging.specifiers import SpecifierSet

    sets = [SpecifierSet(item) for item in ranges]
    minors = [
        minor
        for minor in range(_NEWEST_MINOR)
        if any(found.contains(f"3.{minor}.{_NEWEST_PATCH}") for found in sets)
    ]
    if not minors:
        raise ValueError(f"`{' || '.join(ranges)}` admits no Python 3")
    gaps = [f"!=3.{minor}.*" for minor in range(minors[0], minors[-1]) if minor not in minors]
    above = [] if minors[-1] == _NEWEST_MINOR - 1 else [f"<3.{minors[-1] + 1}"]
    return ",".join((f">=3.{minors[0]}", *above, *gaps))


def _all_of(text: str) -> str:
    parts = [part.strip() for part in _SEPARATOR.split(text.strip().rstrip(",").strip())]
    return ",".join(filter(None, map(_single, parts)))


def _single(text: str) -> str:
    if _ANYTHING.fullmatch(text):
        return ""
    match = _SINGLE.fullmatch(text)
    if match is None:
        raise ValueError(f"`{text}` is not a version constraint")
    operator, version = match["operator"], match["version"]
    if operator in {"^", "~"}:
        return f">={version},<{_next(version, caret=operator == '^')}"
    wildcard = ".*" if match["any"] else ""
    return f"{_OPERATORS.get(operator, operator)}{version}{wildcard}"


def _next(version: str, *, caret: bool) -> str:
    """Return the first version that ``^version`` or ``~version`` excludes."""
    release = [int(part) for part in re.findall(r"\d+", re.split(r"[^0-9.]", version)[0])]
    place = min(1, len(release) - 1)
    if caret:
        nonzero = (index for index, part in enumerate(release) if part)
        place = next(nonzero, len(release) - 1)
    return ".".join(map(str, (*release[:place], release[place] + 1)))
