"""uv's own settings, as far as they decide how servers are reached.

A setting is looked for in the project's uv.toml or ``[tool.uv]``, then in the user's uv.toml, then in
the system's; lists are joined in that order
(https://docs.astral.sh/uv/concepts/configuration-files/).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sparkferry.uv.project import project_settings
from sparkferry.uv.settings import user_tables

TRUE = frozenset({"1", "true", "t", "yes", "y", "on"})
FALSE = frozenset({"0", "false", "f", "no", "n", "off"})
"""How uv reads switches in variables."""


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
    """Return the settings that uv would use in the directory ``root``.

    ``UV_CONFIG_FILE`` takes the place of all files, and ``UV_NO_CONFIG`` leaves them out. A malformed
    file of the project is skipped: uv itself names it when it is called.

    :raises UserError: a settings file of the user is malformed.
    """
    alone = environ.get("UV_CONFIG_FILE") or switch(environ.get("UV_NO_CONFIG"))
    of_project = () if alone or root is None else project_settings(root)
    return UvSettings((*(table for _, table in of_project), *user_tables(environ)))
