"""Transient errors of targets: asked again, with growing pauses, and told once."""

from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

from sparkferry.clock import SYSTEM, Clock
from sparkferry.errors import TransientError

T = TypeVar("T")

LIMIT = timedelta(minutes=10)
"""How long a target may be out of reach before a command gives up; the run goes on."""

_FIRST, _LONGEST = 1.0, 30.0
"""Seconds between two attempts: doubled each time, up to the second."""


class Patience:
    """Asks a target again after transient errors; ``tell`` hears of the first of a row."""

    def __init__(self, clock: Clock = SYSTEM, tell: Callable[[str], None] | None = None) -> None:
        self.clock = clock
        self._tell = tell

    def ask(self, what: Callable[[], T]) -> T:
        """Return what ``what`` returns, called again after each transient error.

        :raises TransientError: it is still raised after :data:`LIMIT`.
        """
        deadline, pause = self.clock.now() + LIMIT, _FIRST
        while True:
            try:
                return what()
            except TransientError as error:
                if self.clock.now() >= deadline:
                    raise
                if self._tell and pause == _FIRST:
                    self._tell(f"{error.message}; asking again for {LIMIT.seconds // 60} minutes")
            self.clock.sleep(pause)
            pause = min(2 * pause, _LONGEST)
