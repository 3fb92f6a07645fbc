"""What ships of modules and packages that lie beside the pyproject.toml, among everything else there.

- Packages with an ``__init__.py`` and modules ship, but for tests and tools.
- What else is imported by what ships, or by a job, ships too: a directory without ``__init__.py`` whole.
"""

import posixpath
import sys
from collections.abc import Iterator
from fnmatch import fnmatch

from sparkferry.layers.code.scripts import scripts
from sparkferry.layers.modules.reach import Start, reach
from sparkferry.layers.modules.tree import ModuleTree
from sparkferry.project.model import Project
from sparkferry.snapshot.model import File, Snapshot

_NO_PACKAGES = frozenset({"test", "tests"})
_NO_MODULES = ("setup.py", "conftest.py", "noxfile.py", "test_*.py", "*_test.py")


def flat_files(project: Project, snapshot: Snapshot) -> Iterator[File]:
    """Yield what ships of a project whose source is its own directory.

    :raises ExternalError: a file was changed since the snapshot was taken.
    """
    tree = ModuleTree(file.path for file in snapshot.files)
    plain = {
        top
        for top in _tops(tree)
        if (top in tree.packages and top not in _NO_PACKAGES)
        or _is_module(tree.modules.get(top, ""))
    }
    others = _tops(tree) - plain
    entries = {job.entry.partition(":")[0] for job in project.settings.jobs.values() if job.entry}
    start = Start(modules=(*sorted(entries), *_modules_of(tree, plain)))
    wanted = plain | (_imported(project, snapshot, tree, (start,)) & others if others else set())
    yield from _of(snapshot, tree, wanted)


def beside_root_scripts(project: Project, snapshot: Snapshot) -> Iterator[File]:
    """Yield what scripts in the project's own directory import from there.

    :raises ExternalError: a file was changed since the snapshot was taken.
    """
    if any(not posixpath.dirname(script) for script in scripts(project).values()):
        tree = ModuleTree(file.path for file in snapshot.files)
        yield from _of(snapshot, tree, _imported(project, snapshot, tree, ()))


def _tops(tree: ModuleTree) -> set[str]:
    found = {*tree.packages, *tree.modules, *tree.directories} - {""}
    return {path for path in found if "/" not in path}


def _is_module(name: str) -> bool:
    return bool(name) and not any(fnmatch(name, pattern) for pattern in _NO_MODULES)


def _modules_of(tree: ModuleTree, tops: set[str]) -> tuple[str, ...]:
    paths = {*tree.packages, *tree.modules} - {""}
    return tuple(sorted(x.replace("/", ".") for x in paths if x.partition("/")[0] in tops))


def _imported(
    project: Project, snapshot: Snapshot, tree: ModuleTree, starts: tuple[Start, ...]
) -> set[str]:
    """Return the uppermost names below the project that ``starts`` and the scripts import."""
    from sparkferry.layers.modules.provided import Provided
    from sparkferry.layers.modules.reading import Reader
    from sparkferry.layers.modules.resolve import Resolver

    minor = sys.version_info.minor
    read = Reader({file.path: file for file in snapshot.files}, minor)
    there = {file.path for file in snapshot.files}
    found = [Start(script=script) for script in scripts(project).values() if script in there]
    provided = Provided(minor=minor)
    reached = [
        reach(start, Resolver(tree, read, provided, start.beside)) for start in (*starts, *found)
    ]
    files = {file.partition("/")[0].partition(".")[0] for each in reached for file in each.files}
    return files | {
        text.partition(".")[0] for each in reached for text in each.prefixes if "." in text
    }


def _of(snapshot: Snapshot, tree: ModuleTree, tops: set[str]) -> Iterator[File]:
    modules = {tree.modules[top] for top in tops if top in tree.modules}
    for file in snapshot.files:
        top, inner, _ = file.path.partition("/")
        if (top in tops and top in tree.directories) if inner else top in modules:
            yield file
