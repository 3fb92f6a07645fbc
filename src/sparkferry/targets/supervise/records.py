"""Values as small JSON files, written whole or not at all."""

from pathlib import Path
from typing import Any, TypeVar

import msgspec

from sparkferry.files import replacing

T = TypeVar("T")


def encode(value: object) -> bytes:
    """Return ``value`` as JSON, paths as text."""
    return msgspec.json.encode(value, enc_hook=str)


def decode(data: bytes | str, of: type[T]) -> T:
    """Return the ``of`` that :func:`encode` was given."""
    return msgspec.json.decode(data, type=of, dec_hook=_from_text)


def write_record(path: Path, value: object) -> None:
    """Write ``value``; readers see all of it or nothing."""
    with replacing(path) as stream:
        stream.write(encode(value))


def read_record(path: Path, of: type[T]) -> T | None:
    """Return the ``of`` in ``path``, or None where there is no such file."""
    try:
        return decode(path.read_bytes(), of)
    except FileNotFoundError:
        return None


def _from_text(kind: type, text: Any) -> Any:  # noqa: ANN401 - msgspec's signature
    return kind(text)
