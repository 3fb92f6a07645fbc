"""Time; injected, so that tests need not wait."""

import re
from datetime import UTC, datetime, timedelta
from typing import Protocol

from sparkferry.errors import UserError


class Clock(Protocol):
    """Tells the time and lets it pass."""

    def now(self) -> datetime:
        """Return the time, in UTC."""
        ...

    def sleep(self, seconds: float) -> None:
        """Return after ``seconds``."""
        ...


class _SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        import time

        time.sleep(seconds)


SYSTEM: Clock = _SystemClock()
"""The machine's own clock."""


_AGO = re.compile(r"(\d{1,5})([hdw])")
_HOURS = {"h": 1, "d": 24, "w": 24 * 7}


def moment(text: str, clock: Clock) -> str:
    """Return what a person means by ``36h``, ``7d``, ``2w`` (ago) or a date: UTC, ISO 8601.

    :raises UserError: it is neither.
    """
    if _AGO.fullmatch(text):
        return (clock.now() - span(text)).isoformat()
    try:
        given = datetime.fromisoformat(text)
    except ValueError:
        raise UserError(
            f"could not read the moment `{text}`: it is neither a date nor a time ago",
            hint="write `2026-11-20`, `2026-11-20T08:00`, `36h` or `7d`",
        ) from None
    return (given if given.tzinfo else given.replace(tzinfo=UTC)).astimezone(UTC).isoformat()


def span(text: str) -> timedelta:
    """Return the time that ``36h``, ``7d`` or ``2w`` means.

    :raises UserError: it is none.
    """
    found = _AGO.fullmatch(text)
    if not found:
        raise UserError(f"could not read the time `{text}`", hint="write it as `36h`, `7d` or `2w`")
    return timedelta(hours=int(found[1]) * _HOURS[found[2]])


def stamp(clock: Clock) -> str:
    """Return the time as records hold it: UTC, ISO 8601, with microseconds."""
    return clock.now().isoformat(timespec="microseconds")
