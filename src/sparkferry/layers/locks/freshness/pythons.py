"""Comparison of ``requires-python`` by its bounds, which is how uv compares it."""

import re
from collections.abc import Iterable

Release = tuple[int, ...]
Bound = tuple[Release, bool] | None
"""A version and whether it is included; None where there is no bound."""


def same_range(one: Iterable[str], other: Iterable[str]) -> bool:
    """Return whether two intersections of PEP 440 specifier sets have the same bounds.

    :raises ValueError: one of them is not a specifier set.
    """
    return _bounds(one) == _bounds(other)


def _bounds(ranges: Iterable[str]) -> tuple[Bound, Bound]:
    from packaging.specifiers import SpecifierSet

    lower: list[tuple[Release, bool]] = []
    upper: list[tuple[Release, bool]] = []
    for part in (part for text in ranges for part in SpecifierSet(text)):
        low, high = _bounds_of(part.operator, part.version)
        lower += [low] if low else []
        upper += [high] if high else []
    # An excluded lower bound is the higher of two equal ones, an excluded upper bound the lower.
    highest = max(lower, key=lambda bound: (bound[0], not bound[1]), default=None)
    return highest, min(upper, default=None)


def _bounds_of(operator: str, version: str) -> tuple[Bound, Bound]:
    wildcard = version.endswith(".*")
    release = tuple(map(int, re.findall(r"\d+", re.split(r"[^0-9.]", version)[0])))
    here = _trimmed(release)
    if operator == "==" and wildcard:
        return (here, True), (_after(release), False)
    if operator == "~=":
        return (here, True), (_after(release[:-1]), False)
    return {
        "==": ((here, True), (here, True)),
        "===": ((here, True), (here, True)),
        ">=": ((here, True), None),
        ">": ((here, False), None),
        "<": (None, (here, False)),
        "<=": (None, (here, True)),
    }.get(operator, (None, None))


def _after(release: Release) -> Release:
    return _trimmed((*release[:-1], release[-1] + 1))


def _trimmed(release: Release) -> Release:
    while len(release) > 1 and release[-1] == 0:
        release = release[:-1]
    return release
