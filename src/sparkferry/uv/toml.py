"""Tables as TOML text (https://toml.io/en/v1.0.0), all nested ones inline."""

import json
from collections.abc import Mapping
from typing import Any


def toml_text(table: Mapping[str, Any]) -> str:
    """Return a document with the content of ``table``, which :mod:`tomllib` has read."""
    return "".join(f"{_quoted(key)} = {_value(value)}\n" for key, value in table.items())


def _value(value: Any) -> str:  # noqa: ANN401 - what a TOML file may hold
    match value:
        case bool():
            return str(value).lower()
        case str():
            return _quoted(value)
        case list():
            return f"[{', '.join(map(_value, value))}]"
        case dict():
            pairs = (f"{_quoted(key)} = {_value(item)}" for key, item in value.items())
            return f"{{ {', '.join(pairs)} }}"
        case _:
            # Numbers print as TOML has them, dates and times in ISO 8601 (RFC 3339).
            return str(value)


def _quoted(text: str) -> str:
    # A basic string is a JSON string, but for DEL, which TOML wants escaped.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
