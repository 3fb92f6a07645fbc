"""PEP 751's selection for one environment, and why packages cannot be had in it."""

import dataclasses
from typing import TYPE_CHECKING, Any

from sparkferry.errors import Diagnostic
from sparkferry.layers.environment import full_version, markers, tags_of, wheel_tags
from sparkferry.layers.locks.lock import Lock
from sparkferry.layers.locks.problems import problem
from sparkferry.layers.model import Environment
from sparkferry.project.model import Packages

if TYPE_CHECKING:
    from packaging.pylock import Package, Pylock

Chosen = tuple[list[tuple["Package", Any]], list[Diagnostic]]
"""Packages with their sources, and why there are none."""


def choose(lock: Lock, parsed: "Pylock", wanted: Packages, environment: Environment) -> Chosen:
    """Return what PEP 751 selects; if it stops at a package, every package that it would stop at."""
    from packaging.pylock import PylockSelectError

    options = _options(lock, parsed, wanted, environment)
    try:
        return list(parsed.select(**options)), []
    except PylockSelectError as error:
        hint = (
            "lock again for this environment, or choose another Python with `python` of the target"
        )
        message = f"could not select the packages of `{lock.name}`: {error}"
        whole = Diagnostic("error", message, hint, lock.name)
    stopped = (package for package in parsed.packages if _stops(parsed, package, options))
    reasons = [(package, _reason(package, environment)) for package in stopped]
    found = [_unsuitable(lock, package, reason) for package, reason in reasons if reason]
    return [], found or [whole]


def unsuitable_wheel(lock: Lock, package: "Package", environment: Environment) -> Diagnostic:
    """Return the error that a package has no wheel which the environment can install."""
    return _unsuitable(lock, package, _no_wheel(package, environment))


def _options(
    lock: Lock, parsed: "Pylock", wanted: Packages, environment: Environment
) -> dict[str, Any]:
    """Return the arguments of the selection.

    Documents that are made here have extras and groups settled; a pylock.toml names its own.
    """
    own = lock.kind == "pylock"
    groups = {*(parsed.default_groups or ()), *(wanted.groups if own else ())}
    return {
        "environment": markers(environment),
        "tags": wheel_tags(environment),
        "extras": wanted.extras if own else (),
        "dependency_groups": groups,
    }


def _stops(parsed: "Pylock", package: "Package", options: dict[str, Any]) -> bool:
    from packaging.pylock import PylockSelectError

    alone = dataclasses.replace(parsed, packages=[package], requires_python=None, environments=None)
    try:
        list(alone.select(**options))
    except PylockSelectError:
        return True
    return False


def _reason(package: "Package", environment: Environment) -> str | None:
    """Return why the environment cannot have the package, or None where nothing of it is known."""
    wanted = package.requires_python
    if wanted and not wanted.contains(full_version(environment), prereleases=True):
        return f"{package.version} needs Python {wanted}"
    supported = frozenset(wheel_tags(environment))
    wheels = package.wheels or ()
    if (
        wheels
        and not package.sdist
        and all(tags_of(x.filename).isdisjoint(supported) for x in wheels)
    ):
        return _no_wheel(package, environment)
    return None


def _no_wheel(package: "Package", environment: Environment) -> str:
    glibc = ".".join(str(part) for part in environment.glibc)
    place = f"Python {environment.python} on {environment.platform} with glibc {glibc}"
    return f"{package.version} has no wheel for {place}, and no source distribution"


def _unsuitable(lock: Lock, package: "Package", reason: str) -> Diagnostic:
    hint = "lock another version of it, or choose another Python with `python` of the target"
    return problem(lock, package.name, reason, hint)
