"""The job's result as JSON data."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, is_dataclass
from enum import Enum
from typing import Any


class NotJsonError(TypeError):
    """A value that JSON has no form for."""


def as_json(value: object) -> Any:  # noqa: ANN401 - JSON data has no narrower type
    """Return ``value`` as JSON data.

    Dates become ISO 8601 text, paths text, enums their value, sets sorted lists, Spark rows and
    dataclasses objects, numpy scalars and arrays numbers and lists, and what JSON has no number for
    (NaN, infinity) null.

    :raises NotJsonError: it holds something else.
    """
    if value is None or (isinstance(value, (str, int)) and not isinstance(value, Enum)):
        return value
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {_key(key): as_json(item) for key, item in value.items()}
    return _other(value)


def _key(key: object) -> str:
    plain = as_json(key)
    return plain if isinstance(plain, str) else json.dumps(plain)


def _other(value: object) -> object:
    if isinstance(value, Enum):
        return as_json(value.value)
    if isinstance(value, (set, frozenset)):
        return sorted((as_json(item) for item in value), key=json.dumps)
    if is_dataclass(value) and not isinstance(value, type):
        return as_json(asdict(value))
    for method in ("asDict", "isoformat", "__fspath__", "tolist"):
        if hasattr(value, method) and not isinstance(value, type):
            return as_json(getattr(value, method)())
    if isinstance(value, (list, tuple)):
        return [as_json(item) for item in value]
    raise NotJsonError(f"a value of type `{type(value).__module__}.{type(value).__qualname__}`")
