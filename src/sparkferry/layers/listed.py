"""Lists of paths in messages."""

from collections.abc import Sequence

_SHOWN = 5


def listed(paths: Sequence[str]) -> str:
    """Return the first five paths, quoted, and the number of the others."""
    shown = ", ".join(f"`{path}`" for path in paths[:_SHOWN])
    return f"{shown} and {len(paths) - _SHOWN} more" if len(paths) > _SHOWN else shown
