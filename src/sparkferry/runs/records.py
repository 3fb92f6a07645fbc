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
        return msgspec.convert(json.loads(data), kind)
    except ValueError as error:
        raise UnreadableError(
            f"could not read the record `{key}`: {error}",
            hint="it was written by another version of sparkferry, or changed since",
        ) from error
