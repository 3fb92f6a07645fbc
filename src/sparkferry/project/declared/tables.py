"""Values of a TOML document of which the shape is not known yet."""

from typing import Any


def table(document: object, *keys: str) -> dict[str, Any]:
    """Return the table below ``keys``; an empty one where there is none."""
    for key in keys:
        document = document.get(key) if isinstance(document, dict) else None
    return document if isinstance(document, dict) else {}


def names(value: object) -> list[str]:
    """Return the texts of a list; none where it is not a list."""
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []
