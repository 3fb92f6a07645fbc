"""What a lock names for one environment: PEP 751's selection, and what is left out of it."""

import dataclasses
import os
from typing import TYPE_CHECKING

import msgspec

from sparkferry.errors import Diagnostic, raise_errors
from sparkferry.files import sha256_bytes, sha256_file
from sparkferry.layers.cache import Cache
from sparkferry.layers.environment import tags_of, wheel_tags
from sparkferry.layers.locks.choose import choose, unsuitable_wheel
from sparkferry.layers.locks.export import base, document
from sparkferry.layers.locks.lock import Lock, find_lock
from sparkferry.layers.locks.pins import pin_of
from sparkferry.layers.locks.problems import problem
from sparkferry.layers.locks.requirements.hash_mode import hashes_demanded
from sparkferry.layers.locks.requirements.lines import expand_variables
from sparkferry.layers.locks.requirements.parts import read_parts
from sparkferry.layers.locks.unhashed import unhashed, unhashed_by_uv
from sparkferry.layers.model import OWN_PACKAGE, Environment, Pin, Selection
from sparkferry.project.model import Project
from sparkferry.uv.project import resolution_settings

if TYPE_CHECKING:
    from packaging.pylock import Pylock

SPARK_PACKAGES = frozenset({"pyspark", "pyspark-client", "pyspark-connect", "py4j"})
"""What a target that brings Spark brings already; py4j travels in Spark's own ``python/lib``."""

_FORMAT = 2
"""Raised whenever the meaning of a remembered selection changes."""

Found = tuple[tuple[Pin, ...], tuple[Diagnostic, ...]]
"""Pins, and what is wrong with packages that cannot be pinned."""


def select(project: Project, environment: Environment, cache: Cache) -> Selection:
    """Return what the project's lock names for ``environment``.

    A project without lock and dependencies has an empty selection with the lock name ``""``.
    A selection is remembered by the content of lock, pyproject.toml and environment.

    :raises UserError: there is no lock, or it cannot be read.
    :raises DiagnosticsError: the lock names packages that the environment cannot have.
    :raises WorldError: uv failed, or an index could not be asked.
    """
    lock = find_lock(project)
    if lock is None:
        nothing = sha256_bytes(b"")
        root = str(project.root)
        return Selection(environment=environment, root=root, lock="", lock_sha256=nothing, pins=())
    key = f"selection {selection_key(project, lock, environment)}"
    return cache.memo(key, Selection, lambda: _select(project, lock, environment, cache))


def find_pins(project: Project, lock: Lock, environment: Environment, cache: Cache) -> Found:
    """Return the pins of the lock for ``environment`` by name, and every problem that it has.

    Without hashes there are no pins.

    :raises UserError: the lock cannot be read.
    :raises WorldError: uv failed, or an index could not be asked.
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


def _select(project: Project, lock: Lock, environment: Environment, cache: Cache) -> Selection:
    pins, problems = find_pins(project, lock, environment, cache)
    raise_errors(f"select the packages of `{lock.name}`", problems)
    return Selection(
        environment=environment,
        root=str(project.root),
        lock=lock.name,
        lock_sha256=lock.sha256,
        pins=pins,
    )


def selection_key(project: Project, lock: Lock, environment: Environment) -> str:
    """Return everything that a selection depends on."""
    requirements = lock.kind == "requirements"
    parts = read_parts(lock.path, lock.name) if requirements else ()
    resolved = requirements or lock.kind == "poetry"
    settings = project.settings.packages
    depends = (
        _FORMAT,
        str(project.root),
        (lock.name, lock.sha256),
        [(part.name, expand_variables(part.text), part.is_constraint) for part in parts],
        hashes_demanded(lock.path.parent) if requirements else None,
        resolution_settings(lock.path.parent, os.environ) if resolved else None,
        sha256_file(project.root / "pyproject.toml"),
        environment,
        settings.groups,
        settings.extras,
    )
    return msgspec.json.encode(depends).decode()


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
