"""Everything that can be found wrong with a project before anything is started."""

from collections.abc import Callable, Iterable, Iterator

from sparkferry.errors import Diagnostic, DiagnosticsError, SparkferryError, UserError
from sparkferry.layers.cache import Cache
from sparkferry.layers.check import check_lock
from sparkferry.layers.code.layer import code_warnings, entry_problems
from sparkferry.layers.code.shipped import shipped
from sparkferry.layers.locks.selection import select
from sparkferry.progress import Progress
from sparkferry.project.model import Project
from sparkferry.project.signature import check_arguments
from sparkferry.snapshot.take import take
from sparkferry.spark.check import check_spark
from sparkferry.targets.surroundings import surroundings


def check_project(project: Project, cache: Cache, progress: Progress) -> tuple[Diagnostic, ...]:
    """Return all findings for the project's target, errors first; empty where all is well.

    Nothing is built; an index is asked only where the lock pins nothing.
    """
    subjects: tuple[Callable[[], Iterable[Diagnostic]], ...] = (
        lambda: _jobs(project),
        lambda: _code(project),
        lambda: _target(project, cache, progress),
    )
    found = [item for subject in subjects for item in _collected(subject)]
    return tuple(sorted(dict.fromkeys(found), key=lambda item: item.severity))


def _collected(subject: Callable[[], Iterable[Diagnostic]]) -> Iterator[Diagnostic]:
    """Yield what one subject finds; that it cannot go on is a finding, too."""
    try:
        yield from subject()
    except DiagnosticsError as error:
        yield from error.diagnostics
    except SparkferryError as error:
        file = "pyproject.toml" if isinstance(error, UserError) else None
        yield Diagnostic("error", error.message, error.hint, file)


def _jobs(project: Project) -> Iterator[Diagnostic]:
    for job in project.settings.jobs:
        yield from check_arguments(project, job, {})


def _code(project: Project) -> Iterator[Diagnostic]:
    snapshot = take(project)
    yield from shipped(project, snapshot).problems
    yield from entry_problems(project, snapshot)
    yield from code_warnings(project, snapshot)


def _target(project: Project, cache: Cache, progress: Progress) -> Iterator[Diagnostic]:
    yield from check_spark(project, ())
