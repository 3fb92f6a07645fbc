"""Scalars of job arguments, from text or data: see the table in :mod:`sparkferry.runtime.convert`."""

from __future__ import annotations

import re
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_INT = re.compile(r"[+-]?[0-9]+(_[0-9]+)*")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DATETIME = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[T ]([0-9]{2}:[0-9]{2})(:[0-9]{2})?(\.[0-9]{1,6})?"
    r"(Z|[+-][0-9]{2}:[0-9]{2})?"
)
_BOOL_WORDS = dict.fromkeys(("true", "yes", "on", "1"), True) | dict.fromkeys(
    ("false", "no", "off", "0"), False
)
_NONE_WORDS = ("null", "none")


class ArgumentError(ValueError):
    """One value that its annotation does not accept."""


class AmbiguousError(ArgumentError):
    """One value that its annotation accepts in two meanings."""


def refuse(value: object, expected: str) -> ArgumentError:
    """Return the error of a value that is not what was ``expected``."""
    shown = value if isinstance(value, str) else repr(value)
    return ArgumentError(f"expected {expected}, got `{shown}`")


def _int(value: object) -> int:
    if type(value) is int:
        return value
    if isinstance(value, str) and _INT.fullmatch(value):
        try:
            return int(value)
        except ValueError as error:
            raise ArgumentError(str(error)) from None
    raise refuse(value, "an integer")


def _float(value: object) -> float:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value)
    if isinstance(value, str) and value == value.strip():
        try:
            return float(value)
        except ValueError:
            pass
    raise refuse(value, "a number")


def _bool(value: object) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in _BOOL_WORDS:
        return _BOOL_WORDS[value.lower()]
    raise refuse(value, "true or false (yes, no, on, off, 1, 0)")


def _str(value: object) -> str:
    if isinstance(value, str):
        return value
    raise refuse(value, "text")


def _path(value: object) -> Path:
    if isinstance(value, Path):
        return value
    if isinstance(value, str) and value:
        return Path(value)
    raise refuse(value, "a path")


def _date(value: object) -> date:
    if type(value) is date:
        return value
    if isinstance(value, str) and _DATE.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError as error:
            raise ArgumentError(f"`{value}` is not a date: {error}") from None
    raise refuse(value, "a date such as 2026-01-31")


def _datetime(value: object) -> datetime:
    if isinstance(value, datetime):
        return value
    found = _DATETIME.fullmatch(value) if isinstance(value, str) else None
    if found is None or (found[4] and not found[3]):
        raise refuse(value, "a date and time such as 2026-01-31T12:30:00+02:00")
    day, clock, seconds, fraction, zone = found.groups()
    zone = "+00:00" if zone == "Z" else zone or ""
    fraction = fraction.ljust(7, "0") if fraction else ""
    try:
        return datetime.fromisoformat(f"{day}T{clock}{seconds or ':00'}{fraction}{zone}")
    except ValueError as error:
        raise ArgumentError(f"`{value}` is not a date and time: {error}") from None


def _none(value: object) -> None:
    if value is None or (isinstance(value, str) and value.lower() in _NONE_WORDS):
        return
    raise refuse(value, "null")


SCALARS: dict[object, Callable[[object], object]] = {
    int: _int,
    float: _float,
    bool: _bool,
    str: _str,
    Path: _path,
    date: _date,
    datetime: _datetime,
    type(None): _none,
}
"""The converter of each scalar type."""
