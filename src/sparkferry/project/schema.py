"""The JSON schema of `[tool.sparkferry]`, for editors."""

from collections.abc import Iterator
from typing import Any

import msgspec

from sparkferry.project import docstrings, types
from sparkferry.project.model import Settings

_Schema = dict[str, Any]

_SPARK_CONF: _Schema = {
    "title": "SparkConf",
    "description": "Spark properties; a dotted name may be quoted or not.",
    "type": "object",
    "additionalProperties": {
        "anyOf": [
            {"type": ["string", "number", "boolean"]},
            {"$ref": "#/$defs/SparkConf"},
        ]
    },
}
"""An unquoted ``spark.executor.memory`` is a table in a table in a table to TOML."""

_TEXTS: _Schema = {
    "title": "Texts",
    "description": "Texts by name; a dotted name may be quoted or not.",
    "type": "object",
    "additionalProperties": {"anyOf": [{"type": "string"}, {"$ref": "#/$defs/Texts"}]},
}


def schema() -> _Schema:
    """Return the JSON schema (draft 2020-12) of `[tool.sparkferry]`, tiers included."""
    found: dict[str, _Schema] = {"SparkConf": _SPARK_CONF, "Texts": _TEXTS}
    _define(Settings, found, overlay=False)
    _define(Settings, found, overlay=True)
    tiers = {"description": "Overlays on these settings, by tier.", "type": "object"}
    of_one = {"additionalProperties": {"$ref": "#/$defs/SettingsOverlay"}}
    settings = found.pop("Settings")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **settings,
        "title": "[tool.sparkferry]",
        "properties": {**settings["properties"], "tiers": tiers | of_one},
        "$defs": found,
    }


def _define(table: types.Struct, found: dict[str, _Schema], *, overlay: bool) -> str:
    """Add the schema of a table, and of those below it, to ``found``; return its name.

    In an overlay nothing is required.
    """
    name = table.__name__ + ("Overlay" if overlay else "")
    if name in found:
        return name
    found[name] = {}
    properties = {
        key: _value(kind, found, overlay=overlay) for key, kind in types.keys(table).items()
    }
    for key, about in _about(table):
        properties[key] = about | properties[key]
    required = [] if overlay else types.required(table)
    found[name] = {
        "title": table.__name__,
        "description": docstrings.of_class(table),
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
        **({"required": required} if required else {}),
    }
    return name


def _about(table: types.Struct) -> Iterator[tuple[str, _Schema]]:
    documented = docstrings.of_fields(table)
    for field in msgspec.structs.fields(table):
        default = {"default": field.default} if isinstance(field.default, str | int) else {}
        yield field.encode_name, {"description": documented[field.name], **default}


def _value(kind: object, found: dict[str, _Schema], *, overlay: bool) -> _Schema:
    inner = types.values(kind)
    if inner is Any:
        return {"type": "object"}
    if types.is_open(kind):
        return {"$ref": "#/$defs/Texts" if inner is str else "#/$defs/SparkConf"}
    if inner is not None:
        below = _value(inner, found, overlay=overlay)
        return {"type": "object", "additionalProperties": below}
    tables = [_define(table, found, overlay=overlay) for table in types.tables(kind)]
    choices = [{"$ref": f"#/$defs/{name}"} for name in tables] or [
        msgspec.json.schema(types.given(kind))
    ]
    return choices[0] if len(choices) == 1 else {"anyOf": choices}
