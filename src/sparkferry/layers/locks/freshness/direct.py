"""The project's own requirements against the versions that a lock names.

A lock that does not say what it was made from is good if it satisfies them.
"""

from collections.abc import Iterator, Mapping

from sparkferry.errors import Diagnostic
from sparkferry.layers.environment import markers
from sparkferry.layers.locks.lock import Lock, how_to_lock, read_pyproject
from sparkferry.layers.locks.problems import line_of
from sparkferry.layers.model import Environment, Pin
from sparkferry.project.declared.model import Declared
from sparkferry.project.declared.read import declared
from sparkferry.project.model import Project


def direct_findings(
    project: Project, lock: Lock, pins: Mapping[str, Pin], environment: Environment
) -> Iterator[Diagnostic]:
    """Yield the requirements that ``pins``, which are by normalised name, lack or do not satisfy.

    These are the dependencies, and those of the groups and extras that ship.
    """
    try:
        found = declared(read_pyproject(project.root), project.root)
    except ValueError as error:
        yield undecided(project, lock, str(error))
        return
    unknown = [
        key for key in found.unknown if key == "dependencies" or project.settings.packages.extras
    ]
    if unknown and "requires-python" not in unknown:
        backend = found.backend or "setup.py"
        yield undecided(project, lock, f"`{unknown[0]}` is dynamic, and known only to `{backend}`")
    for text, extra in _asked(project, found):
        reason = _reason(text, extra, pins, environment)
        if reason:
            name, said = reason
            line = line_of(lock, name) if name in pins else None
            message = f"`{lock.name}` {said}"
            yield Diagnostic("error", message, how_to_lock(project), lock.name, line)


def undecided(project: Project, lock: Lock, reason: str) -> Diagnostic:
    """Return the warning that the lock could not be compared, and why."""
    message = f"could not compare all of `{lock.name}` with pyproject.toml: {reason}"
    hint = f"{how_to_lock(project)}; or write what is dynamic in `[project]`"
    return Diagnostic("warning", message, hint, lock.name)


def _asked(project: Project, found: Declared) -> Iterator[tuple[str, str]]:
    """Yield each requirement that ships, and the extra that it belongs to or empty text."""
    from packaging.utils import canonicalize_name

    settings = project.settings.packages
    for text in found.dependencies:
        yield text, ""
    for group in map(canonicalize_name, settings.groups):
        for text in found.groups.get(group, ()):
            yield text, ""
    for extra in map(canonicalize_name, settings.extras):
        for text in found.extras.get(extra, ()):
            yield text, extra


def _reason(
    text: str, extra: str, pins: Mapping[str, Pin], environment: Environment
) -> tuple[str, str] | None:
    """Return the package's name and why the pins do not satisfy the requirement, or None if they do."""
    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    wanted = Requirement(text)
    if wanted.marker and not wanted.marker.evaluate({**markers(environment), "extra": extra}):
        return None
    name = canonicalize_name(wanted.name)
    pin = pins.get(name)
    if pin is None:
        return name, f"does not have `{wanted.name}`, which pyproject.toml depends on"
    if pin.version and not wanted.specifier.contains(pin.version, prereleases=True):
        return name, f"has {name} {pin.version}, pyproject.toml wants `{text}`"
    return None
