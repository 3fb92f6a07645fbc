"""uv's own settings, as far as they decide how servers are reached.

A setting is looked for in the project's uv.toml or ``[tool.uv]``, then in the user's uv.toml, then in
the system's; lists are joined in that order
(https://docs.astral.sh/uv/concepts/configuration-files/).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sparkferry.text import read_toml_or_empty

TRUE = frozenset({"1", "true", "t", "yes", "y", "on"})
FALSE = frozenset({"0", "false", "f", "no", "n", "off"})
"""How uv reads switches in variables."""

_MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class UvSettings:
    """The tables of uv's settings, the most specific first."""

    tables: tuple[Mapping[str, Any], ...] = field(default=(), repr=False)

    def text(self, key: str) -> str | None:
        """Return the first string that a table has for ``key``."""
        found = (table.get(key) for table in self.tables)
        return next((value for value in found if isinstance(value, str)), None)

    def switch(self, *keys: str) -> bool | None:
        """Return the first switch that a table has for one of ``keys``, names of the same setting."""
        found = (table.get(key) for table in self.tables for key in keys)
        return next((value for value in found if isinstance(value, bool)), None)

    def texts(self, key: str) -> tuple[str, ...]:
        """Return the strings of all lists for ``key``."""
        lists = (value for table in self.tables if isinstance(value := table.get(key), list))
        return tuple(item for found in lists for item in found if isinstance(item, str))

    def tables_of(self, key: str) -> tuple[Mapping[str, Any], ...]:
        """Return the tables of all arrays of tables for ``key``."""
        lists = (value for table in self.tables if isinstance(value := table.get(key), list))
        return tuple(item for found in lists for item in found if isinstance(item, dict))


def switch(value: str | None) -> bool | None:
    """Return the switch that a variable's value means, or None where it is unset or neither."""
    word = (value or "").strip().lower()
    return True if word in TRUE else False if word in FALSE else None


def read_uv_settings(root: Path | None, environ: Mapping[str, str]) -> UvSettings:
    """Return the settings that uv would use in the directory ``root``; a file it cannot read is skipped.

    uv itself names a malformed file when it is called.
    """
    if named := environ.get("UV_CONFIG_FILE"):
        return UvSettings(tuple(_read(Path(named))))
    if switch(environ.get("UV_NO_CONFIG")):
        return UvSettings()
    of_project = _of_project(root) if root else ()
    files = (table for path in _files(environ) for table in _read(path))
    return UvSettings((*of_project, *files))


def _of_project(root: Path) -> Iterator[Mapping[str, Any]]:
    """Yield the nearest settings from ``root`` upwards, and those of its workspace."""
    found = False
    for directory in (root, *root.parents):
        tool = next(_read(directory / "pyproject.toml", "tool", "uv"), {})
        table = next(_read(directory / "uv.toml"), tool)
        if table and (not found or "workspace" in tool):
            yield table
            found = True
        if "workspace" in tool:
            return


def _files(environ: Mapping[str, str]) -> Iterator[Path]:
    home = environ.get("HOME")
    config = environ.get("XDG_CONFIG_HOME") or (f"{home}/.config" if home else None)
    system = [*environ.get("XDG_CONFIG_DIRS", "").split(":"), "/etc"]
    for directory in (config, *system):
        if directory:
            yield Path(directory) / "uv/uv.toml"


def _read(path: Path, *keys: str) -> Iterator[Mapping[str, Any]]:
    """Yield the table below ``keys`` of a TOML file, if there is one."""
    try:
        if not path.is_file() or path.stat().st_size > _MIB:
            return
        table: Any = read_toml_or_empty(path)
        for key in keys:
            table = table[key]
    except (OSError, KeyError, TypeError):
        return
    if isinstance(table, dict):
        yield table
