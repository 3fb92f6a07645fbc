"""A clock that passes time without waiting."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta


class FakeClock:
    """Begins at noon of 2026-01-01. ``events`` holds, by number of the sleep, what happens in it."""

    def __init__(self, events: dict[int, Callable[[], object]] | None = None) -> None:
        self.time = datetime(2026, 1, 1, 12, tzinfo=UTC)
        self.sleeps = 0
        self._events = events or {}

    def now(self) -> datetime:
        self.time += timedelta(microseconds=1)
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)
        self.sleeps += 1
        assert self.sleeps < 1000, "nobody waits for so long"
        self._events.get(self.sleeps, lambda: None)()


def interrupt() -> None:
    """What Ctrl-C does."""
    raise KeyboardInterrupt
