"""Which project, target and tier a command is about."""

from pathlib import Path

import msgspec


class Selected(msgspec.Struct, frozen=True, kw_only=True):
    """The user's choice, before anything is read."""

    directory: Path
    """Absolute; the project is this directory or the nearest one above it."""
    target: str | None = None
    tier: str | None = None
    store: str | None = None
    """URL of a store that is asked in place of a project's."""
    overrides: tuple[str, ...] = ()
    """``KEY=VALUE`` settings from the command line."""
