"""Which files of the snapshot ship in the code layer, and where they are in it.

At the root of the code layer are

- the importable packages: what is below ``source``; in a project without one the modules and packages
  beside its pyproject.toml (see `flat`);
- at their path in the project, the files that ``include`` names, and the scripts of script jobs with
  what lies beside them (see `scripts`);
- the runtime: ``sparkferry/runtime`` and ``sparkferry_main.py``, which starts it.

Compiled Python never ships: it belongs to one interpreter.
"""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path

import msgspec

from sparkferry.errors import Diagnostic
from sparkferry.layers.code.flat import beside_root_scripts, flat_files
from sparkferry.layers.code.include import included
from sparkferry.layers.code.scripts import SITE, beside_scripts, script_directories, site_member
from sparkferry.layers.zipwriter import Member
from sparkferry.project.model import Project
from sparkferry.project.places import diagnostic
from sparkferry.snapshot.model import File, Snapshot

BOOTSTRAP = "sparkferry_main.py"
"""The driver's main file."""

BOOTSTRAP_PROGRAM = b"""\
import os
import sys

# Spark has followed links to this file; the other layers lie beside the link.
beside = os.path.join(os.path.dirname(sys.prefix), "code")
if os.path.isdir(beside):
    sys.path[0] = beside

from sparkferry.runtime.main import main

raise SystemExit(main())
"""

_RUNTIME = "sparkferry"


class CodeContents(msgspec.Struct, frozen=True, kw_only=True):
    """What the code layer is made of."""

    members: tuple[Member, ...]
    problems: tuple[Diagnostic, ...]
    """What is wrong with it; with an error among them it must not ship."""

    @property
    def names(self) -> frozenset[str]:
        """The paths in the code layer."""
        return frozenset(member.name for member in self.members)


class _Inputs:
    """A project and its snapshot; equal only to the very same objects, which never change."""

    def __init__(self, project: Project, snapshot: Snapshot) -> None:
        self.project, self.snapshot = project, snapshot

    def __hash__(self) -> int:
        return hash((id(self.project), id(self.snapshot)))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, _Inputs):
            return NotImplemented
        return self.project is other.project and self.snapshot is other.snapshot


def code_contents(project: Project, snapshot: Snapshot) -> CodeContents:
    """Return what ships of the snapshot. Worked out once for the same project and snapshot.

    :raises UserError: an ``include`` pattern is none.
    :raises ExternalError: a file was changed since the snapshot was taken.
    """
    return _shipped(_Inputs(project, snapshot))


@lru_cache(maxsize=2)
def _shipped(inputs: _Inputs) -> CodeContents:
    project, snapshot = inputs.project, inputs.snapshot
    packages = tuple(_packages(project, snapshot))
    more = included(project, snapshot)
    beside = (*more.files, *beside_scripts(project, snapshot))
    placed = [*packages, *((file.path, file) for file in beside)]
    own = [(name, file) for name, file in placed if not _is_compiled(name)]
    absent = () if packages or not project.settings.source else (_no_source(project),)
    return CodeContents(
        members=(
            *(Member(name, file) for name, file in dict(own).items()),
            *site_member(project),
            *_runtime(),
        ),
        problems=(
            *(*more.problems, *absent, *_name_problems(own), *_collisions(own)),
            *(
                _taken_site(file)
                for name, file in own
                if name == SITE and script_directories(project)
            ),
        ),
    )


def source_directory(project: Project, snapshot: Snapshot) -> str:
    """Return the directory of the importable packages, relative to the project; ``.`` for itself."""
    return project.source(has_src=any(file.path.startswith("src/") for file in snapshot.files))


def _packages(project: Project, snapshot: Snapshot) -> Iterator[tuple[str, File]]:
    source = source_directory(project, snapshot)
    if source == ".":
        yield from ((file.path, file) for file in flat_files(project, snapshot))
        return
    for file in snapshot.files:
        if file.path.startswith(f"{source}/"):
            yield file.path[len(source) + 1 :], file
    yield from ((file.path, file) for file in beside_root_scripts(project, snapshot))


def _runtime() -> Iterator[Member]:
    package = Path(__file__).parents[2]
    yield Member(f"{_RUNTIME}/__init__.py", (package / "__init__.py").read_bytes())
    directories = [(f"{_RUNTIME}/runtime", package / "runtime")]
    while directories:
        path, directory = directories.pop()
        for item in directory.iterdir():
            if item.is_dir():
                directories.append((f"{path}/{item.name}", item))
            elif item.name.endswith(".py"):
                yield Member(f"{path}/{item.name}", item.read_bytes())
    yield Member(BOOTSTRAP, BOOTSTRAP_PROGRAM)


def _is_compiled(name: str) -> bool:
    return name.endswith((".pyc", ".pyo")) or "__pycache__" in name.split("/")


def _name_problems(placed: Iterable[tuple[str, File]]) -> Iterator[Diagnostic]:
    for name, file in placed:
        if name.partition("/")[0] in {_RUNTIME, f"{_RUNTIME}.py", BOOTSTRAP}:
            yield _problem(file, "`sparkferry` is the runtime's own name", "give it another name")
        try:
            name.encode()
        except UnicodeEncodeError:
            yield _problem(file, "its name is not UTF-8, so Spark cannot unpack it", "rename it")


def _collisions(placed: list[tuple[str, File]]) -> Iterator[Diagnostic]:
    owners: dict[str, File] = {}
    for name, file in placed:
        other = owners.setdefault(name, file)
        if other.path != file.path:
            yield _both(other, file, name)
    for name, file in owners.items():
        for above in _parents(name):
            if above in owners:
                yield _both(owners[above], file, above)


def _parents(name: str) -> Iterator[str]:
    while "/" in name:
        name = name.rpartition("/")[0]
        yield name


def _both(one: File, other: File, name: str) -> Diagnostic:
    message = (
        f"could not ship `{one.path}` and `{other.path}`: both would be `{name}` on the cluster"
    )
    return Diagnostic("error", message, "rename one, or include less", file=other.path)


def _problem(file: File, reason: str, hint: str) -> Diagnostic:
    shown = file.path.encode("utf-8", "backslashreplace").decode()
    return Diagnostic("error", f"could not ship `{shown}`: {reason}", hint, file=shown)


def _taken_site(file: File) -> Diagnostic:
    reason = f"the code layer has a `{SITE}` of sparkferry's, which finds what lies beside scripts"
    return _problem(file, reason, "give it another name, and import it in the script")


def _no_source(project: Project) -> Diagnostic:
    message = f"could not ship `{project.settings.source}`: it holds no file that is not ignored"
    return diagnostic(
        project.origins, ("source",), message, "let `source` name the directory of the packages"
    )
