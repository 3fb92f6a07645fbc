"""The files that `include` names exactly: they are in the snapshot even if git ignores them."""

import os
from pathlib import Path

from sparkferry.project.inside import leaves
from sparkferry.project.model import Project
from sparkferry.snapshot.listing import NEVER

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
