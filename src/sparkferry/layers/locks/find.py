"""The packages of a lock for one environment: PEP 751's selection, and what is left out of it."""

import dataclasses
from typing import TYPE_CHECKING

from sparkferry.base.cache import Cache
from sparkferry.errors import Diagnostic
from sparkferry.layers.environment import tags_of, wheel_tags
from sparkferry.layers.locks.choose import choose, unsuitable_wheel
from sparkferry.layers.locks.export import base, document
from sparkferry.layers.locks.lock import Lock
from sparkferry.layers.locks.pins import pin_of
from sparkferry.layers.locks.problems import problem
from sparkferry.layers.locks.unhashed import unhashed, unhashed_by_uv
from sparkferry.layers.model import OWN_PACKAGE, Environment, Pin
from sparkferry.project.model import Project

if TYPE_CHECKING:
    from packaging.pylock import Pylock

SPARK_PACKAGES = frozenset({"pyspark", "pyspark-client", "pyspark-connect", "py4j"})
"""What a target that brings Spark brings already; py4j travels in Spark's own ``python/lib``."""

Found = tuple[tuple[Pin, ...], tuple[Diagnostic, ...]]
"""Pins, and what is wrong with packages that cannot be pinned."""


def find_pins(project: Project, lock: Lock, environment: Environment, cache: Cache) -> Found:
    """Return the pins of the lock for ``environment`` by name, and every problem that it has.

    Without hashes there are no pins.

    :raises UserError: the lock cannot be read.
    :raises ExternalError: uv failed, or an index could not be asked.
    """
    from packaging.pylock import Pylock, PylockValidationError

    bare = unhashed_by_uv(lock) if lock.kind == "uv" else ()
    content = {} if bare else document(project, lock, environment, cache)
    if bare := bare or unhashed(lock, content):
        return (), bare
    try:
        parsed = Pylock.from_dict(content)
    except PylockValidationError as error:
        hint = "it was edited by hand or written by an old tool: lock again"
        return (), (Diagnostic("error", f"not a valid lock: {error}", hint, lock.name),)
    missing = _missing_extras(project, lock, parsed)
    return (
        ((), missing)
        if missing
        else _pins(project, lock, _shipped(parsed, environment), environment)
    )


def _shipped(parsed: "Pylock", environment: Environment) -> "Pylock":
    out = {OWN_PACKAGE} | (SPARK_PACKAGES if environment.brings_spark else set())
    kept = [package for package in parsed.packages if package.name not in out]
    return dataclasses.replace(parsed, packages=kept)


def _pins(project: Project, lock: Lock, parsed: "Pylock", environment: Environment) -> Found:
    start, pins = base(project, lock), []
    chosen, problems = choose(lock, parsed, project.settings.packages, environment)
    for package, source in chosen:
        pin = pin_of(lock.name, package, source, start)
        if isinstance(pin, Pin) and not _suits(pin, environment):
            problems.append(unsuitable_wheel(lock, package, environment))
        elif isinstance(pin, str):
            problems.append(problem(lock, package.name, pin, "depend on it in another way"))
        elif pin.artifact.path != str(project.root):
            pins.append(pin)
    return tuple(sorted(pins, key=lambda pin: pin.name)), tuple(problems)


def _suits(pin: Pin, environment: Environment) -> bool:
    """Tell whether the environment can install it; what PEP 751 selects by tag always suits."""
    artifact = pin.artifact
    return not artifact.is_wheel or not tags_of(artifact.name).isdisjoint(wheel_tags(environment))


def _missing_extras(project: Project, lock: Lock, parsed: "Pylock") -> tuple[Diagnostic, ...]:
    """Say which extras and groups a lock that has to name them does not name; uv names its own."""
    from packaging.utils import canonicalize_name

    if lock.kind in {"uv", "poetry"}:
        return ()
    settings = project.settings.packages
    absent = {
        "extras": set(map(canonicalize_name, settings.extras)) - set(parsed.extras or ()),
        "groups": set(map(canonicalize_name, settings.groups))
        - set(map(canonicalize_name, parsed.dependency_groups or ())),
    }
    return tuple(
        Diagnostic("error", f"the lock has no {kind} {', '.join(sorted(names))}", hint, lock.name)
        for kind, names in absent.items()
        for hint in [f"lock with them, or take them out of `packages.{kind}`"]
        if names
    )
