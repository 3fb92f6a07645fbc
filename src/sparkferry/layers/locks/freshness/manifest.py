"""What uv.lock says about the workspace as a whole, against the root's pyproject.toml."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sparkferry.layers.locks.freshness import compare
from sparkferry.layers.locks.freshness.condition import equal, parse
from sparkferry.layers.locks.freshness.options import other_options
from sparkferry.layers.locks.freshness.package import lowered, said
from sparkferry.layers.locks.freshness.pythons import same_range
from sparkferry.layers.locks.freshness.sources import Scope
from sparkferry.layers.locks.freshness.wanted import ANY_INDEX, Wanted, from_table, from_text
from sparkferry.layers.locks.freshness.workspace import Workspace
from sparkferry.project.declared.model import names, table
from sparkferry.project.declared.read import groups_of

_LISTS = (
    ("constraint-dependencies", "constraints", "constraint"),
    ("override-dependencies", "overrides", "override"),
    ("build-constraint-dependencies", "build-constraints", "build constraint"),
)
"""Key in ``[tool.uv]``, key in ``[manifest]``, and what messages call it."""

_IDLE = frozenset({"constraint-dependencies", "override-dependencies"})
"""Lists of which uv accepts new entries for packages that are not in the lock."""

_MARKERS = (("environments", "supported-markers"), ("required-environments", "required-markers"))
"""Key in ``[tool.uv]`` and key in the lock."""


def differences(workspace: Workspace, locked: dict[str, Any]) -> Iterator[str]:
    """Yield how the workspace differs from the one that the lock was made from."""
    yield from _members(workspace, locked)
    yield from _python(workspace, locked)
    yield from _lists(workspace, locked)
    yield from _groups(workspace, locked)
    yield from _excluded(workspace, locked)
    yield from _metadata(workspace, locked)
    yield from _environments(workspace, locked)
    yield from _conflicts(workspace, locked)
    for option in other_options(workspace.root, locked):
        yield f"it was made without `{option}`"


def _manifest(locked: dict[str, Any]) -> dict[str, Any]:
    return table(locked, "manifest")


def _members(workspace: Workspace, locked: dict[str, Any]) -> Iterator[str]:
    found = set(_manifest(locked).get("members", ()))
    here = set(workspace.members)
    # A project alone is not listed.
    if here == {workspace.root.name}:
        here = set()
    for name in sorted(here ^ found):
        yield f"it {'does not know' if name in here else 'was made with'} the member `{name}`"


def _python(workspace: Workspace, locked: dict[str, Any]) -> Iterator[str]:
    ranges = [
        text
        for member in workspace.members.values()
        if isinstance(text := table(member.document, "project").get("requires-python"), str)
    ]
    found = locked.get("requires-python")
    if ranges and isinstance(found, str) and not same_range(ranges, [found]):
        said_here = ", ".join(dict.fromkeys(ranges))
        yield f"it was made for Python {found}, and `requires-python` is `{said_here}`"


def _lists(workspace: Workspace, locked: dict[str, Any]) -> Iterator[str]:
    scope = Scope(workspace, workspace.root)
    python = locked.get("requires-python", ">=3")
    for key, name, title in _LISTS:
        written, found = workspace.root.uv.get(key, ()), _manifest(locked).get(name, ())
        asked = list(lowered(tuple(item for item in written if isinstance(item, str)), scope))
        kept = [from_table(item, workspace.root.root) for item in found if "name" in item]
        if key == "constraint-dependencies":
            # A name alone constrains nothing.
            asked, kept = (list(filter(_constrains, side)) for side in (asked, kept))
        if key in _IDLE and not found:
            asked = [item for item in asked if item.name in _packages(locked)]
        for package, one, other in compare.differences(asked, kept, python):
            yield f"{title}: {said(one, other, package)}"
        scoped = sum(isinstance(item, dict) for item in written)
        if scoped != sum("name" not in item for item in found):
            yield f"it was made with other scoped entries of `{key}`"


def _constrains(item: Wanted) -> bool:
    return bool(item.specifiers) or item.origin != ANY_INDEX


def _packages(locked: dict[str, Any]) -> set[str]:
    return {item["name"] for item in locked.get("package", ())}


def _groups(workspace: Workspace, locked: dict[str, Any]) -> Iterator[str]:
    """Compare the groups of a root that is not a project; those of projects are the packages'."""
    root = workspace.root
    listed = {} if "project" in root.document else groups_of(root.document)
    found = table(_manifest(locked), "dependency-groups")
    for group in sorted(listed.keys() | found.keys()):
        asked = list(lowered(listed.get(group, ()), Scope(workspace, root, group=group)))
        kept = [from_table(item, root.root) for item in found.get(group, ())]
        for package, one, other in compare.differences(
            asked, kept, locked.get("requires-python", ">=3")
        ):
            yield f"group `{group}`: {said(one, other, package)}"


def _excluded(workspace: Workspace, locked: dict[str, Any]) -> Iterator[str]:
    written = _normalised(names(workspace.root.uv.get("exclude-dependencies")))
    found = _normalised(names(_manifest(locked).get("excludes")))
    # To exclude what is not in the lock changes nothing: uv accepts it.
    added = written - found if found else written & _packages(locked)
    for name in sorted(added | (found - written)):
        yield f"it was made with other `exclude-dependencies`: `{name}`"


def _normalised(listed: list[str]) -> set[str]:
    from packaging.utils import canonicalize_name

    return set(map(canonicalize_name, listed))


def _metadata(workspace: Workspace, locked: dict[str, Any]) -> Iterator[str]:
    """Compare ``dependency-metadata`` of pyproject.toml with the lock, which may have more of the user's."""
    python, root = locked.get("requires-python", ">=3"), workspace.root.root
    found = {
        (item["name"], item.get("version")): item
        for item in _manifest(locked).get("dependency-metadata", ())
    }
    for item in workspace.root.uv.get("dependency-metadata", ()):
        kept = found.get((*_normalised([item["name"]]), item.get("version")))
        asked, made = (_listed(side, root) for side in (item, kept))
        if kept is None or any(compare.differences(asked, made, python)):
            yield f"it was made with other `dependency-metadata` of `{item['name']}`"


def _listed(metadata: object, root: Path) -> list[Wanted]:
    return [from_text(text, root) for text in names(table(metadata).get("requires-dist"))]


def _environments(workspace: Workspace, locked: dict[str, Any]) -> Iterator[str]:
    python = locked.get("requires-python", ">=3")
    for key, name in _MARKERS:
        written = workspace.root.uv.get(key, ())
        listed = [written] if isinstance(written, str) else names(written)
        found = names(locked.get(name))
        same = len(listed) == len(found) and all(
            equal(parse(one), parse(other), python)
            for one, other in zip(listed, found, strict=True)
        )
        if not same:
            yield f"it was made with other `{key}`"


def _conflicts(workspace: Workspace, locked: dict[str, Any]) -> Iterator[str]:
    """Compare declared conflicts with the lock, to which uv adds those that follow from included groups."""
    found = {_conflict(items, "") for items in locked.get("conflicts", ())}
    members = (workspace.root, *workspace.members.values())
    declared = {
        _conflict(items, member.name)
        for member in members
        for items in member.uv.get("conflicts", ())
    }
    follows = any("group" in key for items in declared for _, key, _ in items)
    if not declared <= found or (found - declared and not follows):
        yield "it was made with other `conflicts`"


def _conflict(items: list[dict[str, str]], package: str) -> frozenset[tuple[str, str, str]]:
    return frozenset(
        (
            next(iter(_normalised([item.get("package", package)]))),
            next((key for key in ("extra", "group") if key in item), ""),
            next(iter(_normalised([item.get("extra", item.get("group", ""))]))),
        )
        for item in items
    )
