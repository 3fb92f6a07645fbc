"""Progress of long work, as the worker reports it; how it is shown is the command line's affair."""

from contextlib import AbstractContextManager, nullcontext
from typing import Protocol


class Task(Protocol):
    """One piece of work under way."""

    def advance(self, amount: int) -> None:
        """Report ``amount`` more units (bytes, files, tasks) as done."""
        ...


class Progress(Protocol):
    """Receives the progress of a stage. Safe to use from several threads."""

    def task(
        self, title: str, total: int | None = None, unit: str = "B"
    ) -> AbstractContextManager[Task]:
        """Begin a piece of work; it ends with the context.

        ``total`` is in ``unit``; None where it is not known.
        """
        ...

    def message(self, text: str) -> None:
        """Tell the user one line."""
        ...


class _Quiet:
    def task(
        self, title: str, total: int | None = None, unit: str = "B"
    ) -> AbstractContextManager[Task]:
        del title, total, unit
        return nullcontext(_Nothing())

    def message(self, text: str) -> None:
        del text


class _Nothing:
    def advance(self, amount: int) -> None:
        del amount


QUIET: Progress = _Quiet()
"""Shows nothing."""
