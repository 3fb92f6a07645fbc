"""Waiting for processes that were just started."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

_PAUSE = 0.03


def wait_for(look: Callable[[], T | None], seconds: float) -> T | None:
    """Call ``look`` until it returns something, and return that; None after ``seconds``."""
    deadline = time.monotonic() + seconds
    while (found := look()) is None and time.monotonic() < deadline:
        time.sleep(_PAUSE)
    return found
