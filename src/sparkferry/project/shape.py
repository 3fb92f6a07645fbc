"""Whether a tree of settings has the shape that the model demands: keys and types, all at once."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from sparkferry.project import types
from sparkferry.project.keys import did_you_mean, dotted

Tree = dict[str, Any]
"""Settings as read from TOML, tables as dictionaries."""

Path = tuple[str, ...]
"""Keys from `[tool.sparkferry]` down."""


class Problem(msgspec.Struct, frozen=True):
    """Something wrong with the value at a path, or with the path itself."""

    path: Path
    message: str
    hint: str | None = None


def problems(value: object, kind: object, path: Path = ()) -> Iterator[Problem]:
    """Yield what in ``value`` does not fit ``kind``; keys that are missing are not looked for."""
    tables, inner = types.tables(kind), types.values(kind)
    if tables and isinstance(value, dict):
        yield from _in_table(value, kind, path)
    elif inner is not None and isinstance(value, dict):
        for key, item in value.items():
            yield from problems(item, inner, (*path, key))
    else:
        yield from _in_value(value, kind, path)


def missing(value: object, kind: object, path: Path = ()) -> Iterator[Problem]:
    """Yield the keys without a default that ``value``, which has the right shape, does not give."""
    if not isinstance(value, dict):
        return
    table = types.table_of(value, kind)
    if table:
        yield from (_missing(table, key, path) for key in types.required(table) if key not in value)
    known = types.keys(table) if table else {}
    for key, item in value.items():
        yield from missing(item, known.get(key, types.values(kind)), (*path, key))


def _in_table(value: Tree, kind: object, path: Path) -> Iterator[Problem]:
    table = types.table_of(value, kind)
    if table is None:
        yield _unknown_kind(value, types.tables(kind), path)
        return
    known = types.keys(table)
    for key, item in value.items():
        if key in known:
            yield from problems(item, known[key], (*path, key))
        else:
            yield _unknown_key(key, known, path)


def _unknown_kind(value: Tree, tables: tuple[types.Struct, ...], path: Path) -> Problem:
    tags = [found for table in tables if (found := types.tag(table))]
    key = tags[0][0]
    return Problem(
        (*path, key),
        f"unknown {key} `{value[key]}` of `{dotted(path)}`",
        did_you_mean(str(value[key]), [name for _, name in tags], plural=f"{key}s"),
    )


def _unknown_key(key: str, known: Mapping[str, object], path: Path) -> Problem:
    where = f" in `{dotted(path)}`" if path else ""
    return Problem(
        (*path, key), f"unknown key `{key}`{where}", did_you_mean(key, known, plural="keys")
    )


def _in_value(value: object, kind: object, path: Path) -> Iterator[Problem]:
    try:
        msgspec.convert(value, kind)
    except msgspec.ValidationError:
        said = f"`{dotted(path)}` must be {types.in_words(kind)}, not {_shown(value)}"
        yield Problem(path, said, _remedy(value, kind))


def _remedy(value: object, kind: object) -> str | None:
    if isinstance(value, int | float) and str in types.alternatives(kind):
        return f'write it in quotes: `"{value}"`'
    if isinstance(value, str) and types.is_list(kind):
        return f'write it as a list: `["{value}"]`'
    return None


def _shown(value: object) -> str:
    if isinstance(value, dict | list):
        return "a table" if isinstance(value, dict) else f"`{_short(value)}`"
    if isinstance(value, bool):
        return "`true`" if value else "`false`"
    return f'"{_short(value)}"' if isinstance(value, str) else f"`{value}`"


def _short(value: object, limit: int = 60) -> str:
    text = str(value)
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _missing(table: types.Struct, key: str, path: Path) -> Problem:
    where = f"`{dotted(path)}`" if path else "`[tool.sparkferry]`"
    return Problem(
        (*path, key),
        f"{where} lacks the key `{key}`",
        f'add `{key} = "{types.example(types.keys(table)[key])}"`',
    )
