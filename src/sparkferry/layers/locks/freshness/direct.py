"""The project's own requirements against the versions that a lock names.

A lock that does not say what it was made from is good if it satisfies them.
"""

from collections.abc import Iterator, Mapping

import msgspec

from sparkferry.errors import Diagnostic
from sparkferry.layers.environment import markers
from sparkferry.layers.locks.lock import Lock, how_to_lock, read_pyproject
from sparkferry.layers.locks.problems import line_of
from sparkferry.layers.model import OWN_PACKAGE, Environment, Pin
from sparkferry.project.declared.model import Declared
from sparkferry.project.declared.read import declared
from sparkferry.project.model import Project


class Asked(msgspec.Struct, frozen=True):
    """A requirement that ships."""

    text: str
    extra: str = ""
    """The extra that it belongs to."""


def direct_findings(
    project: Project, lock: Lock, pins: Mapping[str, Pin], environment: Environment
) -> Iterator[Diagnostic]:
    """Yield the requirements that ``pins``, which are by normalised name, lack or do not satisfy.

    These are the dependencies, and those of the groups and extras that ship.
    """
    try:
        found = declared(read_pyproject(project.root), project.root)
        asked = tuple(asked_for(project, found))
        reasons = [_reason(item, pins, environment) for item in asked]
    except ValueError as error:
        yield _undecided(project, lock, str(error))
        return
    for key in _unknown(project, found):
        backend = found.backend or "setup.py"
        yield _undecided(project, lock, f"`{key}` is dynamic, and known only to `{backend}`")
    for name, said in filter(None, reasons):
        line = line_of(lock, name) if name in pins else None
        message = f"`{lock.name}` {said}"
        yield Diagnostic("error", message, how_to_lock(project), lock.name, line)


def _unknown(project: Project, found: Declared) -> Iterator[str]:
    if "dependencies" in found.unknown:
        yield "dependencies"
    if "optional-dependencies" in found.unknown and project.settings.packages.extras:
        yield "optional-dependencies"


def _undecided(project: Project, lock: Lock, reason: str) -> Diagnostic:
    message = f"could not compare all of `{lock.name}` with pyproject.toml: {reason}"
    hint = f"{how_to_lock(project)}; or write what is dynamic in `[project]`"
    return Diagnostic("warning", message, hint, lock.name)


def asked_for(project: Project, found: Declared) -> Iterator[Asked]:
    """Yield each requirement that ships.

    :raises ValueError: a text is not a requirement.
    """
    from packaging.utils import canonicalize_name

    settings = project.settings.packages
    groups = (found.groups.get(canonicalize_name(name), ()) for name in settings.groups)
    waiting = [
        *map(Asked, found.dependencies),
        *(Asked(text) for group in groups for text in group),
        *(item for name in settings.extras for item in _of_extra(found, name)),
    ]
    own, seen = canonicalize_name(project.name), set[Asked]()
    while waiting:
        item = waiting.pop(0)
        if item in seen:
            continue
        seen.add(item)
        name, extras = _named(item.text)
        if name == own:
            # A project's extra may consist of its other extras.
            waiting += [other for extra in extras for other in _of_extra(found, extra)]
        elif name != OWN_PACKAGE:
            yield item


def _of_extra(found: Declared, extra: str) -> list[Asked]:
    from packaging.utils import canonicalize_name

    name = canonicalize_name(extra)
    return [Asked(text, name) for text in found.extras.get(name, ())]


def _named(text: str) -> tuple[str, set[str]]:
    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    wanted = Requirement(text)
    return canonicalize_name(wanted.name), wanted.extras


def _reason(
    item: Asked, pins: Mapping[str, Pin], environment: Environment
) -> tuple[str, str] | None:
    """Return the package's name and why the pins do not satisfy the requirement, or None if they do."""
    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    wanted = Requirement(item.text)
    values = {**markers(environment), "extra": item.extra}
    if wanted.marker and not wanted.marker.evaluate(values):
        return None
    name = canonicalize_name(wanted.name)
    pin = pins.get(name)
    if pin is None:
        return name, f"does not have `{wanted.name}`, which pyproject.toml depends on"
    if pin.version and not wanted.specifier.contains(pin.version, prereleases=True):
        return name, f"has {name} {pin.version}, pyproject.toml wants `{item.text}`"
    return None
