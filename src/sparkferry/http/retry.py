"""Patience with servers: how often something is tried again, and how long is waited between."""

import os
from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from sparkferry.clock import Clock
from sparkferry.errors import ExternalError
from sparkferry.http.network import ATTEMPTS

T = TypeVar("T")

_PAUSE = 0.5
"""Seconds before the second attempt; twice as many before each further one."""

_LONGEST = 60.0
"""Seconds that a server may ask us to wait at most."""


class AgainError(Exception):
    """An attempt failed, and the next one may succeed."""

    def __init__(self, reason: str, wait: float | None = None, hint: str | None = None) -> None:
        super().__init__(reason)
        self.reason, self.hint = reason, hint
        self.wait = wait
        """Seconds that the server asks for; None where it does not say."""


class Retry:
    """The patience with one piece of work; ``action`` is what could not be done if it ends."""

    def __init__(self, action: str, clock: Clock, attempts: int = ATTEMPTS) -> None:
        self._action, self._clock, self._attempts = action, clock, attempts
        self._failures = 0

    def progressed(self) -> None:
        """Begin to count anew: something was achieved that will not be lost."""
        self._failures = 0

    def wait(self, error: AgainError) -> None:
        """Wait until the next attempt.

        :raises ExternalError: there were enough attempts.
        """
        self._failures += 1
        if self._failures >= self._attempts:
            raise ExternalError(
                f"could not {self._action}: {error.reason}",
                hint=error.hint or "check the network and its proxy settings, and try again",
            ) from error
        pause = _PAUSE * 2 ** (self._failures - 1) * _jitter() if error.wait is None else error.wait
        self._clock.sleep(min(pause, _LONGEST))


def _jitter() -> float:
    """Return a factor from 0.75 to 1.25: clients that failed together do not come back together."""
    return 0.75 + os.urandom(1)[0] / 510


def persist(action: str, clock: Clock, attempt: Callable[[], T], attempts: int = ATTEMPTS) -> T:
    """Return what ``attempt`` returns when it raises no :class:`AgainError` any more.

    :raises ExternalError: it went on raising it.
    """
    retry = Retry(action, clock, attempts)
    while True:
        try:
            return attempt()
        except AgainError as error:
            retry.wait(error)


def seconds_of(retry_after: str | None, now: datetime) -> float | None:
    """Return the seconds that a header ``Retry-After`` (RFC 9110, 10.2.3) asks for, if it is one."""
    if not retry_after:
        return None
    if retry_after.isascii() and retry_after.isdigit():
        return float(retry_after)
    from email.utils import parsedate_to_datetime

    try:
        return max(0.0, (parsedate_to_datetime(retry_after) - now).total_seconds())
    except (ValueError, TypeError):
        return None
