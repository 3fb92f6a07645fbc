"""The directory of one run of the embedded target: every name in it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from sparkferry.layers.model import Layer
from sparkferry.paths import state_dir
from sparkferry.spark.class_data import ClassData
from sparkferry.spark.distribution import SparkHome
from sparkferry.spark.java import Java
from sparkferry.targets.supervise.records import read_record

RESULT, AUDIT, DRIVER_LOG = "result.json", "audit.json", "logs/driver.log"
"""Names of a run's files, as every target gives them."""

ABORT_REASON = "verdict.json"
"""Name of the file that says why a run was given up."""

STREAMS = ("stdout", "stderr")
"""Files that a worker keeps of each executor."""


class Started(msgspec.Struct, frozen=True):
    """What the runtime tells as soon as the session is up; further keys are left alone."""

    application_id: str
    ui: str | None = None


class Submission(msgspec.Struct, frozen=True, kw_only=True):
    """What another process must know of the run."""

    cluster: str | None
    """Directory of the cluster that it runs on; None in one process."""
    warm: bool
    """Whether the cluster outlives the run."""
    slots: int
    """How many executors the cluster can hold at a time; 0 in one process."""
    home: SparkHome
    java: Java
    lacks_class_data: bool
    """Whether a class-data archive of this Spark and Java is wanted and was not there."""
    layers: tuple[Layer, ...] = ()
    """What its driver's environment was unpacked from; nothing where it runs in an image."""
    shipped: tuple[str, ...] = ()
    """Names of the files that Spark puts into the working directory of every executor."""
    class_data: ClassData | None = None
    """Class-data archives that its virtual machines use."""
    output: str | None = None
    """Directory that was made for the run's output; None where the job makes it."""


class ExecutorDirectory(msgspec.Struct, frozen=True):
    """What executors have instead of the driver's home and temporary files."""

    path: Path

    @property
    def home(self) -> Path:
        """Return their home directory."""
        return self.path / "home"

    @property
    def temporary(self) -> Path:
        """Return the directory of temporary files of their Python and Java."""
        return self.path / "tmp"


class RunDirectory(msgspec.Struct, frozen=True):
    """Where the embedded target keeps one run while it lives."""

    path: Path

    @property
    def environment(self) -> Path:
        """Return the directory with the driver's layers side by side."""
        return self.path / "environment"

    @property
    def report(self) -> Path:
        """Return the directory of the runtime's report files."""
        return self.path / "report"

    @property
    def work(self) -> Path:
        """Return the driver's current directory."""
        return self.path / "work"

    @property
    def output(self) -> Path:
        """Return the directory of output that is sent to a store when the run has ended."""
        return self.path / "output"

    @property
    def temporary(self) -> Path:
        """Return the directory of temporary files."""
        return self.path / "tmp"

    @property
    def home(self) -> Path:
        """Return the driver's home directory."""
        return self.path / "home"

    @property
    def executors(self) -> ExecutorDirectory:
        """Return the directories that all executors of the run share, as those of one machine do."""
        return ExecutorDirectory(self.path / "executors")

    @property
    def cluster(self) -> Path:
        """Return the directory of the run's own cluster."""
        return self.path / "cluster"

    @property
    def shared(self) -> tuple[Path, ...]:
        """Return the directories that the run's programs write to."""
        own = (self.report, self.work, self.temporary, self.home)
        return *own, self.executors.path, self.cluster

    @property
    def properties(self) -> Path:
        """Return the file of Spark properties that hold secrets."""
        return self.temporary / "spark.properties"

    @property
    def passwd(self) -> Path:
        """Return the file that gives the user of containers a name."""
        return self.path / "passwd"

    @property
    def log(self) -> Path:
        """Return the driver's log."""
        return self.path / "driver.log"

    @property
    def submission(self) -> Submission | None:
        """Return what was written down of the submission, or None before that."""
        return read_record(self.path / "submission.json", Submission)

    @property
    def started(self) -> Started | None:
        """Return what the runtime has told, or None before that."""
        return read_record(self.report / "started.json", Started)

    @property
    def abort_reason(self) -> str | None:
        """Return why the run was given up, or None where it was not."""
        return read_record(self.path / ABORT_REASON, str)

    def result(self) -> dict[str, Any] | None:
        """Return the runtime's result, or None where it wrote none."""
        return read_record(self.report / RESULT, dict[str, Any])

    def applications(self) -> Iterator[Path]:
        """Yield the directories that workers keep of this run's application."""
        submission, started = self.submission, self.started
        if submission is None or submission.cluster is None:
            return
        if submission.warm and started is None:
            return
        name = started.application_id if started else "app-*"
        yield from sorted(Path(submission.cluster).glob(f"worker-*/work/{name}"))

    def files(self) -> dict[str, Path]:
        """Return every file to keep, by its name in the run."""
        fixed = {RESULT: self.report / RESULT, AUDIT: self.report / AUDIT, DRIVER_LOG: self.log}
        found = {**fixed, **dict(self._executor_logs())}
        return {name: path for name, path in found.items() if path.is_file()}

    def _executor_logs(self) -> Iterator[tuple[str, Path]]:
        for application in self.applications():
            for executor in application.iterdir():
                for stream in STREAMS:
                    yield f"logs/executors/{executor.name}/{stream}", executor / stream


def runs_dir() -> Path:
    """Return the directory of all runs of the embedded target."""
    return state_dir() / "runs"


def clusters_dir() -> Path:
    """Return the directory of all warm clusters."""
    return state_dir() / "clusters"
