"""What the model's types say: the keys of a table, the type at a path, a type in words."""

import types
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import msgspec

Struct = type[msgspec.Struct]


def alternatives(kind: object) -> tuple[object, ...]:
    """Return the members of a union, or the type alone; constraints are taken off."""
    if get_origin(kind) is Annotated:
        return alternatives(get_args(kind)[0])
    if get_origin(kind) in (Union, types.UnionType):
        return tuple(inner for member in get_args(kind) for inner in alternatives(member))
    return (kind,)


def given(kind: object) -> object:
    """Return the type of what one can write: TOML knows no null, so ``X`` of ``X | None``."""
    args = get_args(kind)
    return args[0] if len(args) == 2 and args[1] is types.NoneType else kind


def tables(kind: object) -> tuple[Struct, ...]:
    """Return the table types that ``kind`` allows: several for a union of target kinds."""
    return tuple(
        member
        for member in alternatives(kind)
        if isinstance(member, type) and issubclass(member, msgspec.Struct)
    )


def table_of(value: Mapping[str, object], kind: object) -> Struct | None:
    """Return the table type that ``value`` is of: of several that of its kind, None for an unknown kind."""
    for table in tables(kind):
        own = tag(table)
        if own is None or value.get(own[0], own[1]) == own[1]:
            return table
    return None


def tag(table: Struct) -> tuple[str, str] | None:
    """Return the key that tells the table's kind and the kind, or None where there is one kind."""
    config = table.__struct_config__
    return (str(config.tag_field), str(config.tag)) if config.tag_field else None


def values(kind: object) -> object:
    """Return the type of the values where ``kind`` is a table with free keys, else None."""
    return get_args(kind)[1] if get_origin(kind) is dict else None


def is_list(kind: object) -> bool:
    """Tell whether ``kind`` is a list in TOML."""
    return get_origin(kind) is tuple


@cache
def keys(table: Struct) -> dict[str, object]:
    """Return the keys of a table with their types, the kind's key first."""
    fields = {field.encode_name: field.type for field in msgspec.structs.fields(table)}
    kind = tag(table)
    return {kind[0]: Literal[kind[1]], **fields} if kind else fields


def required(table: Struct) -> list[str]:
    """Return the keys that a table must have, the kind's key first."""
    kind = tag(table)
    fields = [field.encode_name for field in msgspec.structs.fields(table) if field.required]
    return [kind[0], *fields] if kind else fields


def is_open(kind: object) -> bool:
    """Tell whether below ``kind`` any nesting may follow: free data, or Spark's dotted names."""
    inner = values(kind)
    return inner is not None and not tables(inner)


def at(kind: object, path: Sequence[str]) -> object:
    """Return the type of the value at ``path`` below ``kind``, or None for an unknown key."""
    if not path:
        return kind
    if is_open(kind):
        return values(kind)
    if inner := values(kind):
        return at(inner, path[1:])
    found = (at(keys(table)[path[0]], path[1:]) for table in tables(kind) if path[0] in keys(table))
    return next(found, None)


def in_words(kind: object) -> str:
    """Return the type as a user reads it, as ``a whole number from 0 to 64``."""
    if get_origin(kind) is Annotated:
        inner, meta = get_args(kind)
        return in_words(inner) + _limits(meta)
    if (inner := values(kind)) is not None:
        return "a table" if inner is Any else f"a table of {_plural(inner)}"
    if is_list(kind):
        return f"a list of {_plural(get_args(kind)[0])}"
    if get_origin(kind) is Literal:
        return " or ".join(f'"{value}"' for value in get_args(kind))
    if (plain := given(kind)) is not kind:
        return in_words(plain)
    words = [_WORDS.get(member, "a table") for member in _members(kind)]
    return ", ".join(words[:-1]) + " or " + words[-1] if len(words) > 1 else words[0]


def example(kind: object) -> str:
    """Return a value of a required key's type: an example of its own, or its first choice."""
    meta = next((m for m in get_args(kind)[1:] if isinstance(m, msgspec.Meta)), None)
    examples = meta.examples if meta and meta.examples else get_args(kind)
    return str(examples[0])


_WORDS: Mapping[object, str] = {
    str: "text",
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    Any: "any value",
}
_PLURALS: Mapping[object, str] = {str: "texts"}


def _members(kind: object) -> Iterator[object]:
    members = alternatives(kind)
    numbers = int in members and float in members
    return (member for member in members if not (numbers and member is int))


def _plural(kind: object) -> str:
    return _PLURALS.get(kind) or ("tables" if tables(kind) else in_words(kind))


def _limits(meta: msgspec.Meta) -> str:
    if meta.examples:
        return " like " + " or ".join(f"`{example}`" for example in meta.examples)
    return f" from {meta.ge} to {meta.le}"
