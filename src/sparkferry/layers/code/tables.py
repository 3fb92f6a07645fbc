"""Tables of a pyproject.toml."""

from typing import Any


def table(document: dict[str, Any], *keys: str) -> dict[str, Any]:
    """Return the table at ``keys``; an empty one where there is none."""
    for key in keys:
        found = document.get(key)
        document = found if isinstance(found, dict) else {}
    return document
