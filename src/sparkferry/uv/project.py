"""uv's settings of a project, and what a resolution in it depends on."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from sparkferry.text import read_toml_or_empty
from sparkferry.uv.environment import index_variables
from sparkferry.uv.settings import user_tables


def project_settings(directory: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Yield the settings that count in ``directory``: the nearest ones, then the workspace's.

    A ``uv.toml`` takes the place of ``[tool.uv]`` beside it, as it does for uv.
    """
    is_nearest = True
    for parent in (directory, *directory.parents):
        found, is_root = _settings(parent)
        if found and (is_nearest or is_root):
            is_nearest = False
            yield found
        if is_root:
            return


def resolution_settings(directory: Path, environ: Mapping[str, str]) -> str:
    """Return what a resolution in ``directory`` depends on beside its requirements, as text.

    It may hold logins.

    :raises UserError: a settings file of the user is not valid TOML.
    """
    project = [table for _, table in project_settings(directory)]
    depends = (index_variables(environ), user_tables(environ), project)
    return msgspec.json.encode(depends).decode()


def _settings(directory: Path) -> tuple[tuple[Path, dict[str, Any]] | None, bool]:
    """Return the settings of one directory, and whether it is the root of a workspace."""
    of_uv, pyproject = directory / "uv.toml", directory / "pyproject.toml"
    tools = read_toml_or_empty(pyproject).get("tool")
    table = tools.get("uv") if isinstance(tools, dict) else None
    is_root = isinstance(table, dict) and "workspace" in table
    if of_uv.is_file():
        return (of_uv, read_toml_or_empty(of_uv)), is_root
    return ((pyproject, table) if isinstance(table, dict) else None), is_root
