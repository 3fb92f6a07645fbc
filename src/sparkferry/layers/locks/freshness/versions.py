"""Version specifiers (PEP 440) by the versions that they admit: uv compares requirements so."""

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from packaging.specifiers import Specifier
    from packaging.version import Version

    Bound = tuple[Version, bool] | None
    """A version and whether it is inside; None where there is no bound."""

Admitted = tuple[object, ...]
"""A value that is equal for specifiers that admit the same versions."""


@lru_cache(maxsize=1024)
def admitted(texts: frozenset[str]) -> Admitted:
    """Return the versions that all of these specifier sets admit.

    An exact version is told apart from every other form, as uv does.

    :raises ValueError: one of them is not a specifier set.
    """
    from packaging.specifiers import SpecifierSet

    parts = [part for text in texts for part in SpecifierSet(text)]
    if any(part.operator in {"==", "==="} and not part.version.endswith(".*") for part in parts):
        return "exact", *sorted(
            {tuple(sorted(map(_canonical, SpecifierSet(text)))) for text in texts}
        )
    lower = max((low for part in parts if (low := _lower(part))), key=_strictness, default=None)
    upper = min((high for part in parts if (high := _upper(part))), default=None)
    holes = {
        _canonical(part)
        for part in parts
        if part.operator == "!=" and _is_inside(part, lower, upper)
    }
    return lower, upper, *sorted(holes)


def _canonical(part: "Specifier") -> str:
    from packaging.utils import canonicalize_version

    wildcard = ".*" if part.version.endswith(".*") else ""
    version = part.version.removesuffix(".*")
    return f"{part.operator}{version if wildcard else canonicalize_version(version)}{wildcard}"


def _strictness(bound: "tuple[Version, bool]") -> "tuple[Version, bool]":
    """Order lower bounds: of two at one version, the one that leaves it out is the stricter."""
    version, included = bound
    return version, not included


def _lower(part: "Specifier") -> "Bound":
    from packaging.version import Version

    if part.operator in {">=", "~=", ">"}:
        return Version(part.version), part.operator != ">"
    if part.operator == "==":
        # `==1.*` begins with the first development release.
        return Version(f"{part.version.removesuffix('.*')}.dev0"), True
    return None


def _upper(part: "Specifier") -> "Bound":
    from packaging.version import Version

    if part.operator == "<=":
        return Version(part.version), True
    if part.operator == "<":
        version = Version(part.version)
        # `<2` admits no pre-release of 2 either.
        return (version if version.is_prerelease else Version(f"{version}.dev0")), False
    if part.operator in {"==", "~="}:
        return _after(part), False
    return None


def _after(part: "Specifier") -> "Version":
    """Return the first version behind those that begin as ``part`` says, as 2.dev0 behind ``1.*``."""
    from packaging.version import Version

    release = list(Version(part.version.removesuffix(".*")).release)
    if part.operator == "~=":
        release.pop()
    release[-1] += 1
    return Version(f"{'.'.join(map(str, release))}.dev0")


def _is_inside(part: "Specifier", lower: "Bound", upper: "Bound") -> bool:
    """Return whether what ``!=`` leaves out would be admitted otherwise."""
    from packaging.version import Version

    first = last = Version(part.version.removesuffix(".*"))
    if part.version.endswith(".*"):
        last = _after(part)
    return (lower is None or last >= lower[0]) and (upper is None or first <= upper[0])
