"""Packages of a poetry.lock of Poetry 1, whose version 2.0 names no groups.

What pyproject.toml asks for is followed from package to package, as Poetry 1 does when it installs
(``poetry/installation/installer.py`` and ``poetry/puzzle/solver.py`` of Poetry 1.8).
"""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from sparkferry.layers.environment import full_version, markers
from sparkferry.layers.model import Environment
from sparkferry.project.declared.model import names, table
from sparkferry.project.declared.poetry import requirements_of
from sparkferry.project.declared.poetry_constraint import python_range

if TYPE_CHECKING:
    from packaging.requirements import Requirement

Asked = tuple[str, frozenset[str]]
"""A requirement of PEP 508, and the extras of whoever asks for it."""


def reached(
    content: dict[str, Any], asked: Iterable[Asked], environment: Environment
) -> list[dict[str, Any]]:
    """Return the packages of a lock that the requirements lead to, each once, by name and version.

    :raises ValueError: a requirement of the lock cannot be read.
    """
    from packaging.utils import canonicalize_name

    packages: dict[str, list[dict[str, Any]]] = {}
    for package in content.get("package", []):
        packages.setdefault(canonicalize_name(package["name"]), []).append(package)
    found: dict[tuple[str, str], dict[str, Any]] = {}
    waiting, seen = list(asked), set[Asked]()
    while waiting:
        item = waiting.pop()
        if item in seen:
            continue
        seen.add(item)
        wanted = _applying(item, environment)
        for package in packages.get(canonicalize_name(wanted.name), ()) if wanted else ():
            if wanted and _suits(package, wanted, environment):
                found[package["name"], package["version"]] = package
                waiting.extend(_needs(package, frozenset(wanted.extras)))
    return [found[key] for key in sorted(found)]


def _applying(item: Asked, environment: Environment) -> "Requirement | None":
    """Return the requirement, or None where its marker does not hold."""
    from packaging.requirements import Requirement

    wanted, values = Requirement(item[0]), markers(environment)
    holds = wanted.marker is None or any(
        wanted.marker.evaluate({**values, "extra": extra}) for extra in (item[1] or {""})
    )
    return wanted if holds else None


def _suits(package: dict[str, Any], wanted: "Requirement", environment: Environment) -> bool:
    from packaging.specifiers import SpecifierSet

    pythons = SpecifierSet(python_range(str(package.get("python-versions", "*"))))
    return wanted.specifier.contains(package["version"], prereleases=True) and pythons.contains(
        full_version(environment), prereleases=True
    )


def _needs(package: dict[str, Any], extras: frozenset[str]) -> Iterator[Asked]:
    """Yield what a package depends on, with the optional dependencies of ``extras``."""
    from packaging.utils import canonicalize_name

    wanted = {canonicalize_name(extra) for extra in extras}
    optional = {
        canonicalize_name(text.split(" ")[0].split("[")[0])
        for extra, texts in table(package, "extras").items()
        if canonicalize_name(extra) in wanted
        for text in names(texts)
    }
    for name, written in table(package, "dependencies").items():
        for item in written if isinstance(written, list) else [written]:
            is_optional = isinstance(item, dict) and item.get("optional")
            if not is_optional or canonicalize_name(name) in optional:
                yield from ((text, extras) for text in requirements_of(name, item))
