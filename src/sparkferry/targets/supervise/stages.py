"""The Spark stages of drivers on this machine."""

import time
from collections.abc import Mapping

from sparkferry.targets.api import Stage
from sparkferry.targets.supervise.rest import active_stages

_AFTER = 5.0
"""Seconds that a run goes on before its driver is asked for stages: the first answer costs it a second."""

_EVERY = 1.0
"""Seconds between two questions, because the driver's REST API slows the driver down."""


class Stages:
    """Active stages, polled at most once a second."""

    def __init__(self) -> None:
        self._seen: dict[str, float] = {}
        self._asked = float("-inf")
        self._known: tuple[Stage, ...] = ()

    def of(self, handle: str, ids: Mapping[str, str]) -> tuple[Stage, ...]:
        """Return the active stages as they were at most a second ago."""
        now = time.monotonic()
        if "ui" not in ids or now - self._seen.setdefault(handle, now) < _AFTER:
            return ()
        if now - self._asked >= _EVERY:
            self._asked = now
            self._known = active_stages(ids["ui"], ids["application"])
        return self._known
