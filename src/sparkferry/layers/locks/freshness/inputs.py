"""The files that a verdict about a lock depends on, beside the lock and the project's pyproject.toml."""

import os
from collections.abc import Iterator
from pathlib import Path

from sparkferry.files import sha256_file
from sparkferry.layers.locks.freshness.workspace import Member, Workspace
from sparkferry.layers.locks.lock import Lock
from sparkferry.project.declared.setuptools import files_of
from sparkferry.project.model import Project

Inputs = tuple[tuple[str, str], ...]
"""Path and SHA-256 of each file; empty text for one that cannot be read."""


def freshness_inputs(project: Project, lock: Lock) -> Inputs:
    """Return every file that is read to compare ``lock`` with what it was made from."""
    members = [Member(project.root)]
    if lock.kind == "uv":
        workspace = Workspace(lock.path.parent)
        members += [workspace.root, *workspace.members.values()]
    paths = dict.fromkeys(path for member in _reachable(members) for path in _files(member))
    return tuple((str(path), _digest(path)) for path in paths)


def _reachable(members: list[Member]) -> Iterator[Member]:
    """Yield the members and the directories that their sources name, each once."""
    seen: set[str] = set()
    waiting = list(members)
    while waiting:
        member = waiting.pop(0)
        place = os.path.normpath(member.root)
        if place in seen:
            continue
        seen.add(place)
        yield member
        waiting += [
            Member(member.root / source["path"])
            for sources in member.sources.values()
            for source in sources
            if isinstance(source.get("path"), str) and (member.root / source["path"]).is_dir()
        ]


def _files(member: Member) -> Iterator[Path]:
    for name in ("pyproject.toml", "uv.toml", *files_of(member.document)):
        yield member.root / name


def _digest(path: Path) -> str:
    try:
        return sha256_file(path)
    except OSError:
        return ""
