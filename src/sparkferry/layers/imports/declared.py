"""Which packages pyproject.toml names outside of what ships: dependency groups and extras."""

import re
from collections.abc import Iterator
from typing import Any

from sparkferry.project.model import Project
from sparkferry.text import read_toml_or_empty

_NAME = re.compile(r"\s*([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)")
"""The name that a requirement begins with (PEP 508)."""


def declared(project: Project) -> dict[str, str]:
    """Return by package (PEP 503) the group or extra that names it, as `` the group `dev` ``.

    Groups and extras that ship are left out; where pyproject.toml cannot be read, there is none.
    """
    table = read_toml_or_empty(project.root / "pyproject.toml")
    found: dict[str, str] = {}
    for place, requirement in _requirements(table, project):
        if name := _NAME.match(requirement):
            found.setdefault(re.sub(r"[-_.]+", "-", name[1]).lower(), place)
    return found


def _requirements(table: dict[str, Any], project: Project) -> Iterator[tuple[str, str]]:
    settings = project.settings.packages
    for extra, items in _table(table, "project", "optional-dependencies").items():
        if extra not in settings.extras:
            yield from ((f"the extra `{extra}`", text) for text in _texts(items))
    for group, items in _table(table, "dependency-groups").items():
        if group not in settings.groups:
            yield from ((f"the group `{group}`", text) for text in _texts(items))
    yield from (
        ("the group `dev`", x) for x in _texts(_table(table, "tool", "uv").get("dev-dependencies"))
    )
    for group, items in _table(table, "tool", "poetry", "group").items():
        if isinstance(items, dict) and group not in settings.groups:
            yield from ((f"the group `{group}`", name) for name in _table(items, "dependencies"))
    yield from (
        ("the group `dev`", name) for name in _table(table, "tool", "poetry", "dev-dependencies")
    )


def _table(table: dict[str, Any], *keys: str) -> dict[str, Any]:
    for key in keys:
        inner = table.get(key)
        table = inner if isinstance(inner, dict) else {}
    return table


def _texts(items: object) -> list[str]:
    return [item for item in items if isinstance(item, str)] if isinstance(items, list) else []
