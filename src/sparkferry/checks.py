"""Everything that can be found wrong with a project before anything is started."""

from collections.abc import Callable, Iterable, Iterator

import msgspec

from sparkferry.errors import Diagnostic, DiagnosticsError, UserError, WorldError, of_system
from sparkferry.layers.cache import Cache
from sparkferry.layers.check import check_lock
from sparkferry.layers.code.layer import code_warnings, entry_problems
from sparkferry.layers.code.shipped import shipped
from sparkferry.layers.environment import host_glibc
from sparkferry.layers.interpreter.prefix import host_platform
from sparkferry.layers.locks.lock import find_lock
from sparkferry.layers.locks.locked import locked_version
from sparkferry.layers.locks.selection import find_pins
from sparkferry.layers.model import Environment
from sparkferry.progress import Progress
from sparkferry.project.model import Project
from sparkferry.project.signature import check_arguments
from sparkferry.snapshot.take import take
from sparkferry.spark.check import check_spark
from sparkferry.spark.versions import LINES, minor_versions
from sparkferry.targets.local.check import check_containers
from sparkferry.targets.surroundings import target_python

_GLIBC = (2, 28)
"""Stands for the target's glibc where it is not known; wheels of today are made for it."""

Subject = Callable[[], Iterable[Diagnostic]]


def check_project(project: Project, cache: Cache, progress: Progress) -> tuple[Diagnostic, ...]:
    """Return all findings for the project's target, errors first; empty where all is well.

    No layer is built. An index is asked only where the lock does not tell enough; a Python that is
    not here yet is fetched, since only that proves that there is one.
    """
    jobs = tuple(_collected(lambda: _jobs(project)))
    code = tuple(_collected(lambda: _code(project, jobs)))
    python, of_python = _python(project, cache, progress)
    environment = python or _likely(project)
    lock = tuple(_collected(lambda: check_lock(project, environment, cache)))
    packages = _packages(project, environment, cache)
    version = python.python if python else None
    spark = tuple(_collected(lambda: check_spark(project, version, packages)))
    containers = tuple(_collected(lambda: check_containers(project)))
    found = dict.fromkeys((*jobs, *code, *lock, *of_python, *spark, *containers))
    return tuple(sorted(found, key=lambda item: item.severity))


def _collected(subject: Subject) -> Iterator[Diagnostic]:
    """Yield what one subject finds; that it cannot go on is a finding, too."""
    try:
        yield from subject()
    except DiagnosticsError as error:
        yield from error.diagnostics
    except (UserError, WorldError) as error:
        yield Diagnostic("error", error.message, error.hint)
    except OSError as error:
        refused = of_system(error)
        yield Diagnostic("error", refused.message, refused.hint)


def _jobs(project: Project) -> Iterator[Diagnostic]:
    for job in project.settings.jobs:
        yield from check_arguments(project, job, {}, complete=False)


def _code(project: Project, jobs: tuple[Diagnostic, ...]) -> Iterator[Diagnostic]:
    """Yield what is wrong with the code that ships; ``jobs`` is what was found before."""
    snapshot = take(project)
    yield from shipped(project, snapshot).problems
    known = set(map(_place, jobs))
    for problem in entry_problems(project, snapshot):
        # What is nowhere cannot ship either.
        if _place(problem) not in known:
            yield problem
    yield from code_warnings(project, snapshot)


def _place(item: Diagnostic) -> tuple[str | None, int | str]:
    """Return where it is: file and line, or else the origin that its message begins with."""
    return item.file, item.line or item.message.partition(": ")[0]


def _python(
    project: Project, cache: Cache, progress: Progress
) -> tuple[Environment | None, tuple[Diagnostic, ...]]:
    """Return the environment of the target's Python, or why there is none."""
    if project.settings.spark not in LINES:
        return None, ()
    try:
        python = target_python(project, project.settings.spark, cache, progress)
    except (UserError, WorldError) as error:
        file = "pyproject.toml" if isinstance(error, UserError) else None
        return None, (Diagnostic("error", error.message, error.hint, file),)
    return python.environment, ()


def _likely(project: Project) -> Environment:
    """Return the environment that the lock is checked for while the target has no Python."""
    line = LINES.get(project.settings.spark) or [*LINES.values()][-1]
    wanted = project.settings.targets[project.settings.target].python
    return Environment(
        python=wanted or minor_versions(line.python)[-1],
        platform=host_platform() or "linux/amd64",
        glibc=host_glibc() or _GLIBC,
    )


def _packages(project: Project, environment: Environment, cache: Cache) -> dict[str, str]:
    """Return the versions that the lock names; what is wrong with the lock, others have said."""
    everything = msgspec.structs.replace(environment, brings_spark=False)
    try:
        lock = find_lock(project)
        if lock is None:
            return {}
        pins, _ = find_pins(project, lock, everything, cache)
        spark = locked_version(lock, "pyspark")
    except (UserError, WorldError, OSError):
        return {}
    found = {pin.name: pin.version for pin in pins if pin.version}
    return {**found, **({"pyspark": spark} if spark else {})}
