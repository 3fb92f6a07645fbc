"""Settings of uv's resolver that uv.lock records, compared with those of pyproject.toml.

A setting that only the lock has may come from a variable or from the user's own uv.toml, which say
nothing about the project: it is accepted. One that pyproject.toml makes must be in the lock.
"""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sparkferry.layers.locks.freshness.workspace import Member
from sparkferry.project.declared.model import table
from sparkferry.text import read_toml_or_empty

_MODES = (
    ("resolution", "resolution-mode", "highest"),
    ("prerelease", "prerelease-mode", "if-necessary-or-explicit"),
    ("fork-strategy", "fork-strategy", "requires-python"),
)
"""Name in uv's settings, name in uv.lock, and uv's default, which the lock leaves out."""

_SPAN = re.compile(r"(\d+)\s*([a-z]+)")
_DAYS = {"d": 1.0, "w": 7.0, "h": 1 / 24, "m": 1 / 1440, "s": 1 / 86400}
_ZONES = timedelta(hours=14)
"""The farthest time zone from UTC: uv takes a date without time in the user's own."""


def other_options(root: Member, locked: dict[str, Any]) -> Iterator[str]:
    """Yield the settings that pyproject.toml makes and the lock was not made with."""
    settings = _settings(root)
    found = table(locked, "options")
    for name, key, default in _MODES:
        said = settings.get(name)
        if isinstance(said, str) and said != found.get(key, default):
            yield f"{name} = {said!r}"
    newest = settings.get("exclude-newer")
    if isinstance(newest, str | date) and not _same_limit(newest, found):
        yield f"exclude-newer = {str(newest)!r}"


def _settings(root: Member) -> dict[str, Any]:
    """Return the settings of the workspace; a uv.toml beside pyproject.toml replaces ``[tool.uv]``."""
    path = root.root / "uv.toml"
    return read_toml_or_empty(path) if path.is_file() else root.uv


def _same_limit(said: str | date, found: dict[str, Any]) -> bool:
    text, span = str(said), found.get("exclude-newer-span")
    if isinstance(span, str):
        return _days(text) == _days(span)
    limit = found.get("exclude-newer")
    if _days(text) is not None or limit is None:
        return False
    try:
        wanted, locked = _time(text), _time(str(limit))
    except ValueError:
        return True
    if len(text) > len("2026-01-31"):
        return wanted == locked
    # A date means the whole day: the limit is the midnight after it.
    return abs(locked - wanted - timedelta(days=1)) <= _ZONES


def _time(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _days(text: str) -> float | None:
    """Return the length of a span, as ``7 days``, ``P7D`` or ``PT24H``; None for a point in time."""
    if re.match(r"\d{4}-", text):
        return None
    parts = _SPAN.findall(text.lower().replace("p", " ").replace("t", " "))
    return round(sum(int(number) * _DAYS.get(unit[0], 0) for number, unit in parts), 6)
