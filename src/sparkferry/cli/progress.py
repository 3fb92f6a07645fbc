"""Progress on standard error: bars on a terminal, elsewhere a plain line now and then."""

import sys
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import click

from sparkferry.progress import Progress, Task

if TYPE_CHECKING:
    from rich.progress import Progress as Bars
    from rich.progress import TaskID

PATIENCE = 0.5
"""Seconds that work may take before anything is shown."""

EVERY = 5.0
"""Seconds between two plain lines."""


@dataclass(eq=False)
class Work:
    """One piece of work under way."""

    title: str
    total: int | None
    unit: str
    done: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def advance(self, amount: int) -> None:
        """Add ``amount`` units."""
        with self._lock:
            self.done += amount

    def __str__(self) -> str:
        """Return the work as one line."""
        done = self.done // 10**6 if self.unit == "B" else self.done
        total = (self.total or 0) // 10**6 if self.unit == "B" else self.total or 0
        unit = "MB" if self.unit == "B" else self.unit
        if total:
            return f"{self.title}: {done} of {total} {unit}"
        return f"{self.title}: {done} {unit}" if done else f"{self.title} …"


class Display(Protocol):
    """Shows what is under way."""

    interval: float
    """Seconds between two calls of :meth:`show`."""

    def show(self, works: list[Work]) -> None:
        """Show the present state of ``works``."""
        ...

    def message(self, text: str) -> None:
        """Print one line beside what is shown."""
        ...

    def clear(self) -> None:
        """Take away what is shown."""
        ...


class Reporter:
    """The command line's :class:`sparkferry.progress.Progress`: a thread that shows what lasts."""

    def __init__(self, display: Display) -> None:
        self._display = display
        self._works: list[Work] = []
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    def task(
        self, title: str, total: int | None = None, unit: str = "B"
    ) -> AbstractContextManager[Task]:
        """Begin a piece of work; see :class:`sparkferry.progress.Progress`."""
        return self._task(Work(title, total, unit))

    def message(self, text: str) -> None:
        """Tell the user one line."""
        self._display.message(text)

    @contextmanager
    def _task(self, work: Work) -> Iterator[Task]:
        with self._changed:
            self._works.append(work)
            if self._thread is None:
                self._thread = threading.Thread(target=self._loop, daemon=True)
                self._thread.start()
        try:
            yield work
        finally:
            with self._changed:
                self._works.remove(work)
                last = None if self._works else self._thread
                self._changed.notify_all()
            if last is not None:
                last.join(timeout=1)

    def _loop(self) -> None:
        with self._changed:
            wait = PATIENCE
            while self._works:
                if not self._changed.wait_for(lambda: not self._works, timeout=wait):
                    self._display.show(list(self._works))
                    wait = self._display.interval
            self._display.clear()
            self._thread = None


class PlainDisplay:
    """Lines, for logs and pipes."""

    interval = EVERY

    def show(self, works: list[Work]) -> None:
        """Print one line for each work."""
        for work in works:
            click.echo(str(work), err=True)

    def message(self, text: str) -> None:
        """Print the line."""
        click.echo(text, err=True)

    def clear(self) -> None:
        """Do nothing: lines stay."""


class TerminalDisplay:
    """Bars, for people."""

    interval = 0.1

    def __init__(self) -> None:
        self._bars: Bars | None = None
        self._ids: dict[Work, TaskID] = {}

    def show(self, works: list[Work]) -> None:
        """Update the bars."""
        bars = self._bars = self._bars or _start_bars()
        for gone in self._ids.keys() - set(works):
            bars.remove_task(self._ids.pop(gone))
        for work in works:
            known = self._ids.get(work)
            self._ids[work] = bars.add_task(work.title) if known is None else known
            bars.update(
                self._ids[work], description=str(work), completed=work.done, total=work.total
            )

    def message(self, text: str) -> None:
        """Print the line above the bars."""
        if self._bars is None:
            click.echo(text, err=True)
        else:
            self._bars.console.print(text, markup=False, highlight=False)

    def clear(self) -> None:
        """Remove the bars."""
        if self._bars is not None:
            self._bars.stop()
        self._bars = None
        self._ids.clear()


def _start_bars() -> "Bars":
    from rich.console import Console
    from rich.progress import BarColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as RichProgress

    bars = RichProgress(
        SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(),
        console=Console(stderr=True), transient=True,
    )  # fmt: skip
    bars.start()
    return bars


def reporter() -> Progress:
    """Return the progress that fits standard error."""
    return Reporter(TerminalDisplay() if sys.stderr.isatty() else PlainDisplay())
