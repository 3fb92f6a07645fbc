"""What a job knows of its run."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sparkferry.runtime.paths import CODE, find_file, is_layer, project_root

if TYPE_CHECKING:
    from collections.abc import Mapping


class _Local:
    """Stands in for a Spark accumulator where no session runs."""

    def __init__(self) -> None:
        self.value: int | float = 0

    def add(self, amount: float) -> None:
        self.value += amount


class Counter:
    """A number that driver and executors add to.

    Like Spark's accumulators, on which it is built: a task that is repeated after a failure, or
    a stage that is computed twice, adds twice.
    """

    def __init__(self, cell: Any) -> None:  # noqa: ANN401 - pyspark's Accumulator is untyped
        self._cell = cell

    def add(self, amount: float = 1) -> None:
        """Add an integer or a float; inside of functions on executors too."""
        self._cell.add(amount)

    @property
    def value(self) -> int | float:
        """The sum so far; on the driver only."""
        total: int | float = self._cell.value
        return total


@dataclass(frozen=True)
class JobContext:
    """The run, as its job sees it. May be used in functions that run on executors."""

    run_id: str
    tier: str
    output: str
    """URI of the run's output location, without a closing slash; not percent-encoded, as Spark and fsspec
    read it."""
    config: Mapping[str, Any] = field(default_factory=dict)
    """The job's ``config`` table."""
    argv: tuple[str, ...] = ()
    """What stood after ``--``, byte for byte (bytes that are not UTF-8 as surrogate escapes)."""
    _root: str | None = field(default=None, repr=False, compare=False)
    """Directory of the project, where its own files are used and not those of the code layer."""
    _counters: dict[str, Counter] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def local(cls, output: Path, config: Mapping[str, Any] | None = None) -> JobContext:
        """Return a context for a direct call, as in a test; ``output`` is a directory.

        Its files are those of the project in or above the current directory.
        """
        uri = f"file://{output.absolute().as_posix()}"
        root = str(project_root(Path.cwd()))
        return cls(run_id="local", tier="dev", output=uri, config=config or {}, _root=root)

    def path(self, *parts: str) -> str:
        """Return the URI of a place below the output location."""
        return "/".join((self.output.rstrip("/"), *parts))

    def file(self, name: str) -> Path:
        """Return the absolute path of an included file or directory, on the driver and on executors.

        ``name`` is its path in the project, as `include` names it. What comes back is the machine's
        own copy: ask for it inside of the functions that run on executors.

        :raises FileNotFoundError: it does not ship.
        :raises ValueError: ``name`` is absolute, empty, or leads out of the project.
        """
        if self._root is not None:
            return find_file(Path(self._root), name)
        return find_file(CODE if is_layer(CODE) else project_root(Path.cwd()), name)

    def counter(self, name: str) -> Counter:
        """Return the run's counter of this name; its value is recorded when the job ends.

        Ask for it on the driver, outside of the functions that run on executors.

        :raises RuntimeError: a new counter was asked for on an executor.
        """
        if name not in self._counters:
            self._counters[name] = Counter(_cell(name))
        return self._counters[name]

    def counts(self) -> dict[str, int | float]:
        """Return the values of all counters, by name."""
        return {name: counter.value for name, counter in sorted(self._counters.items())}


def _cell(name: str) -> object:
    if "pyspark" not in sys.modules:
        return _Local()
    from pyspark import TaskContext
    from pyspark.sql import SparkSession

    if TaskContext.get() is not None:
        raise RuntimeError(
            f"could not create the counter `{name}` on an executor: "
            "call `context.counter` on the driver and use what it returns"
        )
    session = SparkSession.getActiveSession()
    return _Local() if session is None else session.sparkContext.accumulator(0)
