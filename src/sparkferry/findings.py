"""What is wrong with a project, or may be: found alike by `check` and by every command that packs."""

from collections.abc import Callable, Iterable, Iterator

import msgspec

from sparkferry.base.cache import Cache
from sparkferry.errors import (
    Diagnostic,
    DiagnosticsError,
    SparkferryError,
    as_diagnostic,
    of_system,
)
from sparkferry.layers.code.contents import code_contents
from sparkferry.layers.code.layer import code_warnings, entry_problems
from sparkferry.layers.code.placeholders import placeholder_problems
from sparkferry.layers.locks.freshness.inputs import freshness_inputs
from sparkferry.layers.locks.lock import Lock, find_lock
from sparkferry.layers.locks.selection import selection_key
from sparkferry.layers.model import Environment
from sparkferry.project.model import Project
from sparkferry.snapshot.model import Snapshot

_FORMAT = 1
"""Raised whenever the same inputs give other findings."""

Findings = tuple[Diagnostic, ...]


def collected(subject: Callable[[], Iterable[Diagnostic]]) -> Iterator[Diagnostic]:
    """Yield what one subject finds; that it cannot go on is a finding, too."""
    try:
        yield from subject()
    except DiagnosticsError as error:
        yield from error.diagnostics
    except SparkferryError as error:
        yield as_diagnostic(error)
    except OSError as error:
        yield as_diagnostic(of_system(error))


def code_findings(project: Project, snapshot: Snapshot) -> Findings:
    """Return what is wrong with the code that ships.

    :raises UserError: an ``include`` pattern is not valid.
    """
    return (
        *code_contents(project, snapshot).problems,
        *placeholder_problems(project, snapshot),
        *entry_problems(project, snapshot),
        *code_warnings(project, snapshot),
    )


def environment_findings(project: Project, environment: Environment, cache: Cache) -> Findings:
    """Return what is wrong with the lock, and with Spark's version and what the lock names for it.

    Findings are remembered by the content of lock, pyproject.toml, settings and environment, unless
    one of them is an error: files beside the lock and programs on PATH may be its remedy.
    """
    try:
        lock = find_lock(project)
        key = _key(project, lock, environment) if lock else None
    except (SparkferryError, OSError):
        key = None
    found = cache.recall(key, Findings) if key else None
    if found is None:
        found = _environment_findings(project, environment, cache)
        if key and all(item.severity == "warning" for item in found):
            cache.remember(key, found)
    return found


def _environment_findings(project: Project, environment: Environment, cache: Cache) -> Findings:
    from sparkferry.layers.check import check_lock
    from sparkferry.spark.check import check_versions

    found = check_lock(project, environment, cache)
    packages = _locked_packages(project, environment, cache)
    return (
        *found,
        *check_versions(project, environment.python, packages),
        *_pin_findings(project, environment),
    )


def _pin_findings(project: Project, environment: Environment) -> Findings:
    from sparkferry.layers.interpreter.pinned import pin_findings
    from sparkferry.spark.versions import LINES, minor_versions

    line = LINES.get(project.settings.spark)
    if line is None or project.python_file is None:
        return ()
    return tuple(pin_findings(project, environment.python, minor_versions(line.python)))


def _key(project: Project, lock: Lock, environment: Environment) -> str:
    said = (
        *(_FORMAT, project.settings, project.origins, project.dependencies),
        *(project.requires_python, project.python_file, freshness_inputs(project, lock)),
    )
    encoded = msgspec.json.encode(said, order="deterministic").decode()
    return f"findings {selection_key(project, lock, environment)} {encoded}"


def _locked_packages(project: Project, environment: Environment, cache: Cache) -> dict[str, str]:
    """Return the versions that the lock names; what is wrong with the lock is reported elsewhere."""
    from sparkferry.layers.locks.find import find_pins
    from sparkferry.layers.locks.locked import locked_version

    everything = msgspec.structs.replace(environment, brings_spark=False)
    try:
        lock = find_lock(project)
        if lock is None:
            return {}
        pins, _ = find_pins(project, lock, everything, cache)
        spark = locked_version(lock, "pyspark")
    except (SparkferryError, OSError):
        return {}
    found = {pin.name: pin.version for pin in pins if pin.version}
    return {**found, **({"pyspark": spark} if spark else {})}
