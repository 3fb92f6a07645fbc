"""The stage from a project to its snapshot."""

import os
from pathlib import Path

from sparkferry.errors import raise_errors
from sparkferry.project.inside import leaves
from sparkferry.project.model import Project
from sparkferry.snapshot.git import Git, find_repository, read_state, scratch_index
from sparkferry.snapshot.guard import guard
from sparkferry.snapshot.listing import NEVER, list_repository, write_tree
from sparkferry.snapshot.model import Absent, File, Snapshot
from sparkferry.snapshot.resolve import Resolver
from sparkferry.snapshot.walk import walk

_MANIFEST = "pyproject.toml"


def create_snapshot(project: Project) -> Snapshot:
    """Return the project's exact source tree; nothing of the user's is changed.

    In a repository the tree is written to its object database, where git removes it again
    in its own time unless :func:`sparkferry.snapshot.pin.pin_commit` gives it a name.

    :raises DiagnosticsError: large files, likely credentials, links that lead out of the tree.
    :raises ExternalError: git is missing or failed.
    """
    root = Path(os.path.realpath(project.root))
    top = find_repository(root)
    taken = _from_repository(project, root, top) if top else None
    if taken:
        return taken
    members = tuple(sorted({*walk(root), *named_files(project, root)}))
    files, absent = _files(project, root, "", members)
    return Snapshot(
        root=project.root,
        files=files,
        absent=absent,
        branch="no-git",
        head=None,
        tree=None,
    )


def _from_repository(project: Project, root: Path, top: Path) -> Snapshot | None:
    inside = root.relative_to(top).as_posix()
    prefix = "" if inside == "." else f"{inside}/"
    state = read_state(Git(top))
    with scratch_index(Git(top), state.index) as git:
        named = tuple(prefix + name for name in named_files(project, root))
        listing = list_repository(git, prefix, named)
        if f"{prefix}{_MANIFEST}" not in listing.members:
            # A repository that ignores the project is not the project's.
            return None
        files, absent = _files(project, top, prefix, listing.members)
        tree = write_tree(git, listing)
    return Snapshot(
        root=project.root,
        files=files,
        absent=(*absent, *listing.absent),
        branch=_branch(git),
        head=state.head,
        tree=tree,
        dirty=tree != state.tree,
    )


def _files(
    project: Project, top: Path, prefix: str, members: tuple[str, ...]
) -> tuple[tuple[File, ...], tuple[Absent, ...]]:
    resolver = Resolver(top, prefix, members)
    files = resolver.files()
    objections = guard(files, project.settings.snapshot.allow)
    raise_errors(f"take a snapshot of `{project.root}`", (*resolver.problems, *objections))
    return files, tuple(resolver.absent)


def _branch(git: Git) -> str:
    done = git.attempt("symbolic-ref", "--quiet", "HEAD")
    return os.fsdecode(done.stdout).strip("\n").removeprefix("refs/heads/") or "detached"


_GLOB = frozenset("*?[]!\\")
"""Characters that make a pattern of a name (gitignore(5))."""


def named_files(project: Project, root: Path) -> tuple[str, ...]:
    """Return the files of the project, below ``root``, that an item of `include` names without a pattern.

    Relative to ``root``, sorted. The last of several items about one file decides, as among patterns.
    """
    found: dict[str, None] = {}
    for item in project.settings.include:
        name = item.removeprefix("!").removeprefix("/").removeprefix("./")
        if item.startswith("!"):
            found.pop(name, None)
        elif _is_file(root, name):
            found[name] = None
    return tuple(sorted(found))


def _is_file(root: Path, name: str) -> bool:
    exact = bool(name) and _GLOB.isdisjoint(name) and not leaves(name)
    if not exact or not NEVER.isdisjoint(name.split("/")):
        return False
    path = root / name
    # Git keeps nothing below a symbolic link.
    return path.is_file() and Path(os.path.realpath(path.parent)) == path.parent
