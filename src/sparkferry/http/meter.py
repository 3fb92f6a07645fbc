"""Counts the bytes of one file, each once, however often it is begun again."""

import threading

from sparkferry.errors import ExternalError
from sparkferry.progress import Task


class Meter:
    """Tells ``task`` of bytes that were not sent or received before; stops when ``stopped`` is set."""

    def __init__(self, task: Task, stopped: threading.Event | None = None) -> None:
        self._task, self._stopped = task, stopped or threading.Event()
        self._highest = 0

    def at(self, position: int) -> None:
        """Note that the first ``position`` bytes are done.

        :raises ExternalError: another file failed, and this one is not needed.
        """
        if self._stopped.is_set():
            raise ExternalError("could not go on: interrupted")
        if position > self._highest:
            self._task.advance(position - self._highest)
            self._highest = position
