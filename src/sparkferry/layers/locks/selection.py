"""What a lock names for one environment: PEP 751's selection, and what is left out of it."""

import dataclasses
import re
from typing import TYPE_CHECKING, Any

import msgspec

from sparkferry.errors import Diagnostic, raise_errors
from sparkferry.files import sha256_bytes, sha256_file
from sparkferry.layers.cache import Cache
from sparkferry.layers.environment import markers, tags_of, wheel_tags
from sparkferry.layers.locks.export import base, document
from sparkferry.layers.locks.lock import Lock, find_lock, line_of, read_toml, reading
from sparkferry.layers.locks.pins import pin_of
from sparkferry.layers.locks.requirements import read_requirements
from sparkferry.layers.model import Environment, Pin, Selection
from sparkferry.project.model import Project

if TYPE_CHECKING:
    from packaging.pylock import Package, Pylock

SPARK_PACKAGES = frozenset({"pyspark", "pyspark-client", "pyspark-connect", "py4j"})
"""What a target that brings Spark brings already; py4j travels in Spark's own ``python/lib``."""

OWN_PACKAGE = "sparkferry"
"""Never in the packages layer: its runtime travels with the code."""

_FORMAT = 1
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

    unhashed = _unhashed_by_uv(lock) if lock.kind == "uv" else ()
    content = {} if unhashed else document(project, lock, environment, cache)
    if unhashed := unhashed or _unhashed(lock, content):
        return (), unhashed
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
    included = read_requirements(lock.path).texts if lock.kind == "requirements" else ()
    settings = project.settings.packages
    parts = (
        _FORMAT,
        str(project.root),
        (lock.name, lock.sha256),
        included,
        sha256_file(project.root / "pyproject.toml"),
        environment,
        settings.groups,
        settings.extras,
    )
    return msgspec.json.encode(parts).decode()


def _shipped(parsed: "Pylock", environment: Environment) -> "Pylock":
    out = {OWN_PACKAGE} | (SPARK_PACKAGES if environment.brings_spark else set())
    kept = [package for package in parsed.packages if package.name not in out]
    return dataclasses.replace(parsed, packages=kept)


def _pins(project: Project, lock: Lock, parsed: "Pylock", environment: Environment) -> Found:
    start, pins = base(project, lock), []
    chosen, problems = _choose(project, lock, parsed, environment)
    for package, source in chosen:
        pin = pin_of(package, source, start)
        if isinstance(pin, Pin) and not _suits(pin, environment):
            problems.append(_unsuitable(lock, package, environment))
        elif isinstance(pin, str):
            problems.append(_problem(lock, package.name, pin, "depend on it in another way"))
        elif pin.artifact.path != str(project.root):
            pins.append(pin)
    return tuple(sorted(pins, key=lambda pin: pin.name)), tuple(problems)


def _suits(pin: Pin, environment: Environment) -> bool:
    """Tell whether the environment can install it; what PEP 751 selects by tag always suits."""
    artifact = pin.artifact
    return not artifact.is_wheel or not tags_of(artifact.name).isdisjoint(wheel_tags(environment))


def _choose(
    project: Project, lock: Lock, parsed: "Pylock", environment: Environment
) -> tuple[list[tuple["Package", Any]], list[Diagnostic]]:
    """Return what PEP 751 selects; if it stops at a package, every package that it would stop at."""
    from packaging.pylock import PylockSelectError

    settings = project.settings.packages
    options: dict[str, Any] = {
        "environment": markers(environment),
        "tags": wheel_tags(environment),
        "extras": settings.extras,
        "dependency_groups": {*(parsed.default_groups or ()), *settings.groups},
    }
    try:
        return list(parsed.select(**options)), []
    except PylockSelectError as error:
        hint = (
            "lock again for this environment, or choose another Python with `python` of the target"
        )
        whole = Diagnostic("error", str(error), hint, lock.name)
    stopped = [package for package in parsed.packages if _stops(parsed, package, options)]
    return [], [_unsuitable(lock, package, environment) for package in stopped] or [whole]


def _stops(parsed: "Pylock", package: "Package", options: dict[str, Any]) -> bool:
    from packaging.pylock import PylockSelectError

    alone = dataclasses.replace(parsed, packages=[package], requires_python=None, environments=None)
    try:
        list(alone.select(**options))
    except PylockSelectError:
        return True
    return False


def _unsuitable(lock: Lock, package: "Package", environment: Environment) -> Diagnostic:
    glibc = ".".join(str(part) for part in environment.glibc)
    place = f"Python {environment.python} on {environment.platform} with glibc {glibc}"
    reason = f"{package.version} has no wheel for {place}, and no source distribution"
    if package.requires_python and not package.wheels:
        reason = f"{package.version} needs Python {package.requires_python}"
    hint = "lock another version of it, or choose another Python with `python` of the target"
    return _problem(lock, package.name, reason, hint)


def _unhashed(lock: Lock, content: dict[str, Any]) -> tuple[Diagnostic, ...]:
    packages = content.get("packages")
    names = [
        str(package.get("name"))
        for package in (packages if isinstance(packages, list) else ())
        if isinstance(package, dict) and not all(map(_has_hash, _files(package)))
    ]
    return _without_hash(lock, names)


def _unhashed_by_uv(lock: Lock) -> tuple[Diagnostic, ...]:
    """Read uv's own lock: what has no hash there, uv would export with that of whatever it gets."""
    with reading(lock):
        names = [
            package["name"]
            for package in read_toml(lock).get("package", ())
            if any("url" in file and "hash" not in file for file in _files(package))
        ]
    return _without_hash(lock, names)


def _without_hash(lock: Lock, names: list[str]) -> tuple[Diagnostic, ...]:
    hint = "lock again with hashes; an index that serves none cannot be locked safely"
    return tuple(_problem(lock, name, "it has no sha256 hash", hint) for name in names)


def _files(package: dict[str, Any]) -> list[Any]:
    wheels = package.get("wheels", [])
    others = [package[key] for key in ("sdist", "archive") if key in package]
    return [*(wheels if isinstance(wheels, list) else ()), *others]


def _has_hash(file: Any) -> bool:  # noqa: ANN401 - what a TOML file may hold
    hashes = file.get("hashes") if isinstance(file, dict) else None
    digest = hashes.get("sha256") if isinstance(hashes, dict) else None
    return isinstance(digest, str) and re.fullmatch(r"[0-9a-fA-F]{64}", digest) is not None


def _missing_extras(project: Project, lock: Lock, parsed: "Pylock") -> tuple[Diagnostic, ...]:
    """Say which extras and groups a lock that has to name them does not name; uv names its own."""
    if lock.kind in {"uv", "poetry"}:
        return ()
    settings = project.settings.packages
    absent = {
        "extras": set(settings.extras) - set(parsed.extras or ()),
        "groups": set(settings.groups) - set(parsed.dependency_groups or ()),
    }
    return tuple(
        Diagnostic("error", f"the lock has no {kind} {', '.join(sorted(names))}", hint, lock.name)
        for kind, names in absent.items()
        for hint in [f"lock with them, or take them out of `packages.{kind}`"]
        if names
    )


def _problem(lock: Lock, name: str, reason: str, hint: str) -> Diagnostic:
    message = f"could not select `{name}`: {reason}"
    return Diagnostic("error", message, hint, lock.name, line_of(lock, name))
