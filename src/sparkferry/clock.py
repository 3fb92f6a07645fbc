"""Time; injected, so that tests need not wait."""

from datetime import UTC, datetime
from typing import Protocol


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


def stamp(clock: Clock) -> str:
    """Return the time as records hold it: UTC, ISO 8601, with microseconds."""
    return clock.now().isoformat(timespec="microseconds")
