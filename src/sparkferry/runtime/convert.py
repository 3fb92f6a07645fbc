"""One value, from text or data to the type of its annotation.

A value comes as text (``--set name=text``) or as data (JSON, TOML). The same rules hold on the
laptop, where a wrong value must fail early, and on the cluster, where the job is called; so they
do not depend on the Python version (3.9 and later).

==================  ============================================================================
annotation          what is accepted
==================  ============================================================================
``int``             ``-8``, ``1_000``; not ``1.5``, not ``true``
``float``           what ``float()`` reads, without spaces around it; a JSON integer too
``bool``            ``true false yes no on off 1 0``, in any case; JSON ``true`` and ``false``
``str``             the text, byte for byte
``Path``            any text but the empty one
``date``            ``2026-01-31``
``datetime``        ``2026-01-31T12:30``, seconds and fractions and a zone (``Z``, ``+02:00``) as given
``Enum``            a member's name, or its value; a text that is one's name and another's value is
                    refused
``Literal``         one of its values, compared by type
``list`` …          a JSON array where the text begins with ``[``; else items between commas, spaces
                    around an item dropped; the empty text is not an item. Also ``tuple``, ``set``,
                    ``frozenset``, ``Sequence``, ``Iterable``, ``Collection``
``dict``, Mapping   a JSON object
``X | None``        ``null`` or ``none`` is None, unless ``str`` is in the union: then text is text
``X | Y``           the first that accepts the value
``Any``, nothing    the value as it is
==================  ============================================================================
"""

from __future__ import annotations

import collections.abc
import json
import types
from enum import Enum
from inspect import Parameter as _InspectParameter
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

from sparkferry.runtime.scalars import SCALARS, AmbiguousError, ArgumentError, refuse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

_UNIONS = (Union, getattr(types, "UnionType", Union))
"""``X | Y`` has a type of its own from Python 3.10 on."""
_UNTYPED = (Any, object, _InspectParameter.empty)
_NONE = type(None)
_T = TypeVar("_T")


def convert(value: object, annotation: object, name: str) -> object:
    """Return ``value`` as the type that ``annotation`` names.

    :param value: text, or data as JSON and TOML give it.
    :param name: the parameter's name, for the message.
    :raises ArgumentError: the annotation does not accept the value, or is not one of the table's.
    """
    try:
        return _convert(value, annotation)
    except ArgumentError as error:
        raise ArgumentError(f"argument `{name}`: {error}") from None


def type_name(annotation: object) -> str:
    """Return how a person would write the annotation."""
    if annotation is _NONE:
        return "None"
    if isinstance(annotation, type) and get_origin(annotation) is None:
        return annotation.__name__
    return str(annotation).replace("typing.", "").replace("collections.abc.", "")


def _convert(value: object, annotation: object) -> object:
    plain = _unwrap(annotation)
    if any(plain is untyped for untyped in _UNTYPED):
        return value
    kind = get_origin(plain) or plain
    if not isinstance(kind, collections.abc.Hashable):
        raise ArgumentError(f"`{kind}` is not a type")
    if kind in SCALARS:
        return SCALARS[kind](value)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return _enum(value, kind)
    if kind not in _COMPOSED:
        raise ArgumentError(f"the type `{type_name(plain)}` is not supported for arguments of jobs")
    return _COMPOSED[kind](value, kind, get_args(plain))


def _unwrap(annotation: object) -> object:
    """Take ``Annotated``, ``NewType`` and ``type X = …`` off."""
    if annotation is None:
        return _NONE
    if get_origin(annotation) is Annotated:
        return _unwrap(get_args(annotation)[0])
    inner = getattr(annotation, "__supertype__", None) or getattr(annotation, "__value__", None)
    return annotation if inner is None else _unwrap(inner)


def _union(value: object, _: object, members: tuple[object, ...]) -> object:
    plain = [_unwrap(member) for member in members]
    if _NONE in plain and str not in plain and _accepts(value, _NONE):
        _refuse_two_meanings(value, plain)
        return None
    others = [member for member in plain if member is not _NONE]
    if len(others) == 1 and value is not None:
        return _convert(value, others[0])
    for member in plain:
        if (member is not _NONE or value is None) and _accepts(value, member):
            return _convert(value, member)
    raise refuse(value, " or ".join(type_name(member) for member in plain))


def _refuse_two_meanings(value: object, members: list[object]) -> None:
    for member in members:
        if _has_words(member) and _accepts(value, member):
            raise AmbiguousError(f"`{value}` is ambiguous: None, or a value of {type_name(member)}")


def _has_words(annotation: object) -> bool:
    is_enum = isinstance(annotation, type) and issubclass(annotation, Enum)
    return is_enum or get_origin(annotation) is Literal


def _accepts(value: object, annotation: object) -> bool:
    try:
        _convert(value, annotation)
    except AmbiguousError:
        raise
    except ArgumentError:
        return False
    return True


def _same(value: object, wanted: object) -> bool:
    """Return whether ``value``, as text or data, is the constant ``wanted``, of the same type."""
    if isinstance(wanted, Enum):
        return value is wanted or value == wanted.name
    if type(wanted) is type(value):
        return bool(value == wanted)
    if not isinstance(value, str) or type(wanted) not in SCALARS:
        return False
    return _accepts(value, type(wanted)) and _convert(value, type(wanted)) == wanted


def _only(value: object, found: Sequence[_T], expected: Iterable[str]) -> _T:
    if not found:
        raise refuse(value, "one of " + ", ".join(expected))
    if len(found) > 1:
        names = ", ".join(repr(item) for item in found)
        raise AmbiguousError(f"`{value}` is ambiguous: it could be any of {names}")
    return found[0]


def _literal(value: object, _: object, options: tuple[object, ...]) -> object:
    found = [option for option in options if _same(value, option)]
    return _only(value, found, (str(getattr(option, "name", option)) for option in options))


def _enum(value: object, kind: type[Enum]) -> Enum:
    if isinstance(value, kind):
        return value
    found = [member for member in kind if _same(value, member.value)]
    named = kind.__members__.get(value) if isinstance(value, str) else None
    if named is not None and named not in found:
        found.append(named)
    return _only(value, found, kind.__members__)


def _json(text: str, kind: type[_T], expected: str) -> _T:
    try:
        data = json.loads(text)
    except ValueError as error:
        raise ArgumentError(f"expected {expected}, got `{text}`: {error}") from None
    if not isinstance(data, kind):
        raise refuse(text, expected)
    return data


def _items(value: object) -> list[object]:
    if isinstance(value, str):
        if value.lstrip().startswith("["):
            return _json(value, list, "a JSON array")
        return [item.strip() for item in value.split(",")] if value.strip() else []
    if isinstance(value, (list, tuple, set, frozenset)):
        return list(value)
    raise refuse(value, "a list")


_COLLECTIONS: dict[Any, Callable[[list[object]], Any]] = {
    list: list,
    tuple: tuple,
    set: set,
    frozenset: frozenset,
    collections.abc.Sequence: list,
    collections.abc.Iterable: list,
    collections.abc.Collection: list,
    collections.abc.Set: set,
}


def _collection(value: object, kind: object, arguments: tuple[object, ...]) -> object:
    items = _items(value)
    annotations = _annotations(kind, arguments, len(items))
    converted = [
        _inside(f"item {place + 1}", item, annotations[place]) for place, item in enumerate(items)
    ]
    try:
        return _COLLECTIONS[kind](converted)
    except TypeError as error:
        raise ArgumentError(f"the items cannot be in a set: {error}") from None


def _annotations(kind: object, arguments: tuple[object, ...], count: int) -> list[object]:
    """Return the annotation of each of ``count`` items."""
    if not arguments:
        return [Any] * count
    if kind is not tuple or arguments[-1] is Ellipsis:
        return [arguments[0]] * count
    fixed = [] if arguments == ((),) else list(arguments)
    if len(fixed) != count:
        raise ArgumentError(f"expected {len(fixed)} items, got {count}")
    return fixed


def _mapping(value: object, _: object, arguments: tuple[object, ...]) -> dict[object, object]:
    data = _json(value, dict, "a JSON object") if isinstance(value, str) else value
    if not isinstance(data, dict):
        raise refuse(value, "a JSON object")
    keys, values = arguments or (Any, Any)
    return {
        _inside("a key", key, keys): _inside(f"`{key}`", item, values) for key, item in data.items()
    }


def _inside(place: str, value: object, annotation: object) -> object:
    try:
        return _convert(value, annotation)
    except ArgumentError as error:
        raise type(error)(f"{place}: {error}") from None


_COMPOSED: dict[object, Callable[[object, object, tuple[object, ...]], object]] = {
    **dict.fromkeys(_UNIONS, _union),
    **dict.fromkeys(_COLLECTIONS, _collection),
    Literal: _literal,
    dict: _mapping,
    collections.abc.Mapping: _mapping,
}
"""The converter of each type that holds others."""
