"""Everything that can be found wrong with a project before anything is started."""

from collections.abc import Callable, Iterable, Iterator

from sparkferry.base.cache import Cache
from sparkferry.carriers.archives import target_python
from sparkferry.env import Env
from sparkferry.errors import Diagnostic, SparkferryError, UserError, as_diagnostic
from sparkferry.facts import Facts
from sparkferry.findings import code_findings, collected, environment_findings
from sparkferry.layers.environment import host_glibc
from sparkferry.layers.imports.find import import_findings
from sparkferry.layers.interpreter.prefix import host_platform
from sparkferry.layers.libraries.payload import payload_of
from sparkferry.layers.locks.selection import select
from sparkferry.layers.model import Environment
from sparkferry.layers.modules.provided import provided_at_hand
from sparkferry.layers.pack import TargetPython, library_warnings
from sparkferry.layers.wheels.get import find_wheels
from sparkferry.project.model import Project
from sparkferry.project.signature import check_arguments
from sparkferry.snapshot.create import create_snapshot
from sparkferry.spark.versions import LINES, minor_versions
from sparkferry.store.open import is_directory, open_store
from sparkferry.store.prove import check_promises
from sparkferry.targets.registry import kind_of

_GLIBC = (2, 28)
"""Stands for the target's glibc where it is not known; wheels of today are made for it."""

_SHOWN = 5
"""Packages that a note names."""

Subject = Callable[[], Iterable[Diagnostic]]


def check_project(project: Project, env: Env) -> tuple[Diagnostic, ...]:
    """Return all findings for the project's target, errors first; empty where all is well.

    No layer is built. An index is asked only where the lock does not tell enough; a Python that is
    not here yet is fetched, since only that proves that there is one.
    """
    jobs = tuple(collected(lambda: _jobs(project)))
    code = tuple(
        collected(lambda: _unless_known(code_findings(project, create_snapshot(project)), jobs))
    )
    facts, of_facts = _facts(project, env)
    python, of_python = _python(project, facts, env)
    environment = python.environment if python else _likely(project)
    subjects: tuple[Subject, ...] = (
        lambda: environment_findings(project, environment, env.cache),
        lambda: _unless_known(_imports(project, environment, env.cache), jobs),
        lambda: kind_of(project.target).check(project, project.target, env),
        lambda: _store(project, env),
        lambda: _libraries(project, python, env),
    )
    rest = tuple(item for subject in subjects for item in collected(subject))
    # Why facts are missing is told by what is wrong with target or lock, if anything is.
    known = any(item.severity == "error" for item in rest)
    found = dict.fromkeys((*jobs, *code, *(() if known else of_facts), *of_python, *rest))
    return tuple(sorted(found, key=lambda item: item.severity))


def _jobs(project: Project) -> Iterator[Diagnostic]:
    for job in project.settings.jobs:
        yield from check_arguments(project, job, {}, complete=False)


def _imports(project: Project, environment: Environment, cache: Cache) -> Iterator[Diagnostic]:
    """Yield what jobs import and cannot have, as far as it is known without fetching anything."""
    try:
        selection = select(project, environment, cache)
    except SparkferryError:
        # What is wrong with the lock is reported elsewhere.
        return
    provided = provided_at_hand(selection, cache)
    yield from import_findings(project, create_snapshot(project), provided, cache)


def _unless_known(found: Iterable[Diagnostic], known: Iterable[Diagnostic]) -> Iterator[Diagnostic]:
    """Yield the findings but for errors at a place of which ``known`` has one already.

    A module that is nowhere cannot ship either, and one that is not valid Python imports nothing.
    """
    places = set(map(_place, known))
    for item in found:
        if item.severity == "warning" or _place(item) not in places:
            yield item


def _place(item: Diagnostic) -> tuple[str | None, int | str]:
    """Return where it is: file and line, or else the origin that its message begins with."""
    return item.file, item.line or item.message.partition(": ")[0]


def _facts(project: Project, env: Env) -> tuple[Facts | None, tuple[Diagnostic, ...]]:
    """Return what the target brings, or why that is not known."""
    try:
        return kind_of(project.target).facts(project, project.target, env), ()
    except SparkferryError as error:
        return None, (_of_project(error),)


def _python(
    project: Project, facts: Facts | None, env: Env
) -> tuple[TargetPython | None, tuple[Diagnostic, ...]]:
    """Return the target's Python, or why there is none."""
    if facts is None:
        return None, ()
    try:
        return target_python(project, facts, env), ()
    except SparkferryError as error:
        return None, (_of_project(error),)


def _of_project(error: SparkferryError) -> Diagnostic:
    return as_diagnostic(error, "pyproject.toml" if isinstance(error, UserError) else None)


def _libraries(project: Project, python: TargetPython | None, env: Env) -> Iterator[Diagnostic]:
    """Yield the libraries that packages at hand need and this machine lacks; nothing is fetched."""
    if python is None or not python.here:
        return
    try:
        selection = select(project, python.environment, env.cache)
    except SparkferryError:
        return  # What is wrong with the lock is reported with the lock.
    wheels, pins = find_wheels(selection, env.cache)
    absent = [pin for pin in pins if not pin.artifact.name.endswith("-any.whl")]
    if absent:
        few = ", ".join(pin.name for pin in absent[:_SHOWN])
        more = f" and {len(absent) - _SHOWN} more" if len(absent) > _SHOWN else ""
        env.progress.message(
            f"not looked at before they are packed: shared libraries of {few}{more}"
        )
    # An absent wheel may bring what another one needs.
    if not any(pin.artifact.is_wheel for pin in absent):
        payload = payload_of(
            project, create_snapshot(project), wheels, selection.environment.platform
        )
        yield from library_warnings(payload, python, env)


def _store(project: Project, env: Env) -> tuple[Diagnostic, ...]:
    """Try whether the store that the target names can be relied on.

    A directory is not tried: nothing is written before the first run.

    :raises SparkferryError: it cannot.
    """
    if not is_directory(project.target.store):
        env.progress.message(f"trying the store `{project.target.store}`")
        check_promises(open_store(project.target.store, project.root, env))
    return ()


def _likely(project: Project) -> Environment:
    """Return the environment that the lock is checked for while the target has no Python."""
    line = LINES.get(project.settings.spark) or [*LINES.values()][-1]
    wanted = project.target.python
    return Environment(
        python=wanted or minor_versions(line.python)[-1],
        platform=host_platform() or "linux/amd64",
        glibc=host_glibc() or _GLIBC,
    )
