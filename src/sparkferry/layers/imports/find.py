"""What the jobs import and cannot have: the findings of the import scan."""

from collections.abc import Collection, Iterator, Mapping
from functools import cache as remembered
from posixpath import normpath

import msgspec

from sparkferry.base.cache import Cache
from sparkferry.errors import Diagnostic
from sparkferry.layers.code.contents import code_contents
from sparkferry.layers.imports.elsewhere import Elsewhere
from sparkferry.layers.imports.explain import Explainer
from sparkferry.layers.modules.facts import Need
from sparkferry.layers.modules.provided import Provided
from sparkferry.layers.modules.reach import Absent, Reach, Start, doubted, reach
from sparkferry.layers.modules.reading import RememberingReader
from sparkferry.layers.modules.resolve import Resolver
from sparkferry.layers.modules.tree import ModuleTree
from sparkferry.project.model import Job, Project
from sparkferry.snapshot.model import File, Snapshot

_BRINGING = frozenset({"spark.jars", "spark.jars.packages", "spark.submit.pyFiles"})
"""Properties by which Spark brings Python modules: jars of Spark packages hold some, too."""


def import_findings(
    project: Project, snapshot: Snapshot, provided: Provided, cache: Cache
) -> tuple[Diagnostic, ...]:
    """Return what the project's jobs, or the one that is to run, import and will not find.

    An import that runs for certain is an error, one in a function or under a condition a warning. Where
    wheels have not been read, only what they can have nothing to do with is an error.

    :raises UserError: an ``include`` pattern is not valid.
    :raises ExternalError: a file was changed since the snapshot was taken, or the cache cannot be written.
    """
    files = {member.name: member.content for member in code_contents(project, snapshot).members}
    read = RememberingReader(files, provided.minor, str(project.root), cache)
    tree = ModuleTree(files)
    of = remembered(lambda beside: Resolver(tree, read, provided, beside))
    found: dict[Absent, list[str]] = {}
    for name, start in _starts(project, files):
        for item in _absent(reach(start, of(start.beside)), _conf(project, name)):
            found.setdefault(item, []).append(name)
    read.remember()
    explainer = Explainer(Elsewhere(project, snapshot, files), provided)
    return tuple(_diagnostics(found, files, explainer))


def _absent(reached: Reach, conf: Collection[str]) -> Iterator[Absent]:
    """Yield what matters; what Spark is to fetch may hold any module."""
    unsure = not _BRINGING.isdisjoint(conf)
    for item in reached.absent:
        if item.need is not Need.OPTIONAL:
            yield doubted(item) if unsure else item


def _conf(project: Project, job: str) -> set[str]:
    """Return the names of all Spark properties of a job on the project's target."""
    settings = project.settings
    target = settings.targets.get(settings.target)
    tables = (
        settings.spark_conf,
        settings.jobs[job].spark_conf,
        target.spark_conf if target else {},
    )
    return {name for table in tables for name in table}


def _starts(project: Project, files: Mapping[str, File | bytes]) -> Iterator[tuple[str, Start]]:
    for name, job in project.settings.jobs.items():
        if project.job in {None, name} and (start := _start(job, files)):
            yield name, start


def _start(job: Job, files: Mapping[str, File | bytes]) -> Start | None:
    """Return where a job starts, or None where that does not ship, which is an error of its own."""
    if job.script is None:
        return Start(modules=((job.entry or "").partition(":")[0],))
    script = normpath(job.script)
    return Start(script=script) if script in files else None


def _diagnostics(
    found: Mapping[Absent, list[str]], files: Mapping[str, File | bytes], explainer: Explainer
) -> Iterator[Diagnostic]:
    for item, jobs in _merged(found).items():
        source = files[item.file]
        path = source.path if isinstance(source, File) else item.file
        yield explainer.diagnostic(msgspec.structs.replace(item, file=path), jobs)


def _merged(found: Mapping[Absent, list[str]]) -> dict[Absent, list[str]]:
    """Return each finding once, as grave as it is for any job."""
    merged: dict[tuple[str, int, str], tuple[Absent, list[str]]] = {}
    for item in sorted(found, key=lambda item: (item.file, item.line, item.name, -item.need)):
        merged.setdefault((item.file, item.line, item.name), (item, found[item]))
    return dict(merged.values())
