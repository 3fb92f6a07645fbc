"""uv.lock against the pyproject.toml of the project and of every local package that it names.

uv.lock records what it was made from: ``requires-python``, ``[manifest]``, ``[options]`` and, for each
local package, ``[package.metadata]``. Source: uv's ``Lock::satisfies`` (crates/uv-resolver) and
``ValidatedLock::validate`` (crates/uv), without the parts that depend on the user's settings, on
variables, or on an index.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sparkferry.errors import Diagnostic
from sparkferry.layers.locks.freshness import manifest, package
from sparkferry.layers.locks.freshness.workspace import Member, Workspace, workspace_of
from sparkferry.layers.locks.lock import Lock, read_toml
from sparkferry.project.declared.model import table
from sparkferry.project.model import Project

Local = tuple[dict[str, Any], Path]
"""A package of uv.lock that is a directory, and its directory."""


def uv_findings(project: Project, lock: Lock) -> tuple[Diagnostic, ...]:
    """Return what of pyproject.toml the lock was not made from.

    What has a form that is not known here, in a lock that uv itself reads, is a warning.

    :raises UserError: the lock is not TOML.
    """
    content = read_toml(lock)
    try:
        return tuple(_findings(project, lock, content))
    except (ValueError, KeyError, AttributeError, TypeError) as error:
        return (_undecided(lock, f"{type(error).__name__}: {error}"),)


def _findings(project: Project, lock: Lock, content: dict[str, Any]) -> Iterator[Diagnostic]:
    root = lock.path.parent
    workspace = Workspace(root)
    for reason in manifest.differences(workspace, content):
        yield _outdated(lock, reason)
    locals_ = list(local_packages(content, root))
    if not any(path == project.root for _, path in locals_):
        yield _outdated(lock, f"it does not have the project `{project.name}`")
    for entry, path in locals_:
        compared = _compared(content, entry, workspace_of(path, workspace), (root, path))
        yield from _package(lock, compared)


def local_packages(content: dict[str, Any], root: Path) -> Iterator[Local]:
    """Yield the packages of the lock in ``root`` that are directories."""
    for entry in content.get("package", ()):
        source = table(entry, "source")
        for kind in ("virtual", "editable", "directory"):
            if kind in source:
                yield entry, Path(os.path.normpath(root / source[kind]))


def _compared(
    content: dict[str, Any], entry: dict[str, Any], workspace: Workspace, places: tuple[Path, Path]
) -> package.Compared:
    root, path = places
    members = (member for member in workspace.members.values() if member.root == path)
    return package.Compared(
        entry=entry,
        member=next(members, Member(path)),
        workspace=workspace,
        root=root,
        python=content.get("requires-python", ">=3"),
        revision=content.get("revision", 0),
    )


def _package(lock: Lock, compared: package.Compared) -> Iterator[Diagnostic]:
    for difference in package.differences(compared):
        message = f"{_owner(lock, compared.member)}{difference.reason}"
        if difference.certain:
            yield _outdated(lock, message)
        else:
            yield _undecided(lock, message)


def _owner(lock: Lock, member: Member) -> str:
    below = os.path.relpath(member.root, lock.path.parent)
    return "" if below == "." else f"{Path(below).as_posix()}/pyproject.toml: "


def _outdated(lock: Lock, reason: str) -> Diagnostic:
    message = f"`{lock.name}` is not up to date with pyproject.toml: {reason}"
    return Diagnostic("error", message, "run `uv lock`", lock.name)


def _undecided(lock: Lock, reason: str) -> Diagnostic:
    message = f"could not compare all of `{lock.name}` with pyproject.toml: {reason}"
    hint = "`uv lock --check` builds the project to tell; or write what is dynamic in `[project]`"
    return Diagnostic("warning", message, hint, lock.name)
