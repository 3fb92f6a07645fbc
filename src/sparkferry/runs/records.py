"""How records are written: JSON in ASCII, so that arguments that are no Unicode survive in it."""

import json
from typing import TypeVar

import msgspec

from sparkferry.runs.errors import UnreadableError

T = TypeVar("T")


def encode(record: object) -> bytes:
    r"""Return ``record`` as JSON with sorted keys and a closing newline.

    Bytes of an argument that are not UTF-8 (surrogate escapes) become ``\udc..`` escapes.
    """
    return json.dumps(msgspec.to_builtins(record), sort_keys=True).encode() + b"\n"


def decode(data: bytes, kind: type[T], key: str) -> T:
    """Read JSON that was written under ``key`` as a ``kind``.

    :raises UnreadableError: it is damaged, or from another version of sparkferry.
    """
    try:
        tree = json.loads(data)
    except ValueError as error:
        raise unreadable(key, error) from error
    return convert(tree, kind, key)


def convert(tree: object, kind: type[T], key: str) -> T:
    """Return JSON data of the record ``key`` as a ``kind``.

    :raises UnreadableError: it is none.
    """
    try:
        return msgspec.convert(tree, kind)
    except ValueError as error:
        raise unreadable(key, error) from error


def unreadable(key: str, reason: object) -> UnreadableError:
    """Return the error of a record that is damaged."""
    return UnreadableError(
        f"could not read the record `{key}`: {reason}",
        hint="it was written by another version of sparkferry, or changed since",
    )
