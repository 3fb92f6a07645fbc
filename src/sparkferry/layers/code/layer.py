"""The code layer, made from the snapshot, and what can be told about it before it is made."""

import posixpath
from collections.abc import Iterator

import msgspec

from sparkferry.base.cache import Cache
from sparkferry.errors import Diagnostic, raise_errors
from sparkferry.layers.cached import add_layer
from sparkferry.layers.code.contents import code_contents, source_directory
from sparkferry.layers.code.described import Described, described, metadata_warnings
from sparkferry.layers.code.dist_info import dist_info
from sparkferry.layers.code.include import on_disk
from sparkferry.layers.listed import listed
from sparkferry.layers.model import Layer
from sparkferry.layers.names import normalised
from sparkferry.layers.zipwriter import Member, write_zip
from sparkferry.project.keys import nearest
from sparkferry.project.model import Project
from sparkferry.project.places import diagnostic
from sparkferry.snapshot.ignored import why_ignored
from sparkferry.snapshot.model import File, Snapshot

_ABSENT_SCRIPT = "it is a file below the project that is not ignored"


def code_layer(project: Project, snapshot: Snapshot, cache: Cache) -> Layer:
    """Return the code layer: same files, same bytes, on any machine.

    :raises DiagnosticsError: two files for one place, a pattern that names nothing, bad names.
    :raises ExternalError: a file was changed since the snapshot was taken, or the cache failed.
    """
    found = code_contents(project, snapshot)
    raise_errors("pack the code", found.problems)
    members = with_metadata(found.members, described(project, snapshot))
    return add_layer(cache, "code", lambda path: write_zip(path, members))


def with_metadata(members: tuple[Member, ...], project: Described | None) -> tuple[Member, ...]:
    """Return the members with the project's metadata, in place of what development left behind."""
    if project is None:
        return members
    left = f"{normalised(project.distribution.name).replace('-', '_')}.egg-info/"
    others = [member for member in members if not member.name.startswith(left)]
    own = {x.name: x.size for x in others if isinstance(x.content, File)}
    return (*others, *dist_info(project.distribution, own))


def entry_problems(project: Project, snapshot: Snapshot) -> tuple[Diagnostic, ...]:
    """Return an error for every job whose module or script does not ship.

    :raises UserError: an ``include`` pattern is none.
    """
    names = code_contents(project, snapshot).names
    source = source_directory(project, snapshot)
    found = []
    for name, job in project.settings.jobs.items():
        if job.entry is not None and not names.intersection(_module_files(job.entry)):
            hint = _entry_hint(project, source, job.entry, names)
            message = f"could not find the module of `{job.entry}` in the code that ships"
            found.append(diagnostic(project.origins, ("jobs", name, "entry"), message, hint))
        if job.script is not None and posixpath.normpath(job.script) not in names:
            message = f"could not find `{job.script}` in the code that ships"
            found.append(
                diagnostic(project.origins, ("jobs", name, "script"), message, _ABSENT_SCRIPT)
            )
    return tuple(found)


def code_warnings(project: Project, snapshot: Snapshot) -> tuple[Diagnostic, ...]:
    """Return warnings of what may be missing on the cluster: ignored files, names not in ASCII.

    Reads the directories of the project.

    :raises UserError: an ``include`` pattern is none.
    """
    ignored = sorted(_would_ship(project, snapshot))
    foreign = sorted(name for name in code_contents(project, snapshot).names if not name.isascii())
    found = []
    if ignored:
        message = f"ignored files do not ship: {listed(ignored)}"
        hint = "take what a job needs out of .gitignore, or name the file in `include`"
        found.append(Diagnostic("warning", message, hint))
    if foreign:
        message = f"a JVM with a locale that is not UTF-8 cannot unpack {listed(foreign)}"
        hint = "use ASCII names, or let LC_ALL on the cluster be a UTF-8 locale"
        found.append(Diagnostic("warning", message, hint))
    return (*found, *metadata_warnings(project, snapshot))


def _would_ship(project: Project, snapshot: Snapshot) -> Iterator[str]:
    there = {*(file.path for file in snapshot.files), *(item.path for item in snapshot.absent)}
    ignored = (path for path in on_disk(project.root) if path not in there)
    files = (file for path in ignored if (file := _file(project, path)))
    whole = msgspec.structs.replace(snapshot, files=(*snapshot.files, *files))
    for member in code_contents(project, whole).members:
        if isinstance(member.content, File) and member.content.path not in there:
            yield member.content.path


def _file(project: Project, path: str) -> File | None:
    try:
        facts = (project.root / path).stat()
    except OSError:  # a link to nothing, or gone since
        return None
    return File(
        path, project.root / path, facts.st_size, executable=False, modified=facts.st_mtime_ns
    )


def _module_files(entry: str) -> tuple[str, str]:
    module = entry.partition(":")[0].replace(".", "/")
    return f"{module}.py", f"{module}/__init__.py"


def _entry_hint(project: Project, source: str, entry: str, names: frozenset[str]) -> str:
    for file in _module_files(entry):
        path = posixpath.normpath(posixpath.join(source, file))
        if (project.root / path).exists():
            why = why_ignored(project.root, path) or "a rule of its own"
            return f'it is ignored by {why}: take it out of there, or `include = ["{path}"]`'
    modules = (name.removesuffix(".py").replace("/", ".") for name in names if name.endswith(".py"))
    own = {module.removesuffix(".__init__") for module in modules}
    near = nearest(entry.partition(":")[0], own)
    return f"did you mean `{near}`?" if near else f"packages are looked for in `{source}`"
