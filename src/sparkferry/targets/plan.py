"""The plan: everything of one submission, complete and serialisable, before anything is sent."""

from typing import TypeVar

import msgspec

from sparkferry.carriers.api import PublishedLayer
from sparkferry.facts import Facts
from sparkferry.image.model import RunImage
from sparkferry.layers.model import Environment
from sparkferry.project.kinds.registry import AnyTarget
from sparkferry.project.kinds.target import TargetSettings
from sparkferry.project.model import Job
from sparkferry.spark.secrets import redacted

S = TypeVar("S", bound=TargetSettings)


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """The code's identity."""

    branch: str
    head: str | None
    commit: str | None
    tree: str | None
    dirty: bool


def result_prefix(prefix: str) -> str:
    """Return where in the store a run's output is whose records are below ``prefix``."""
    return f"outputs/{prefix.removeprefix('runs/')}"


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What will be submitted."""

    run_id: str
    project: str
    tier: str
    job_name: str
    job: Job
    """Its ``args`` are the typed arguments from the configuration, without those in ``sets``."""
    sets: dict[str, str]
    """Arguments from ``--set``, by parameter name, as text."""
    argv: tuple[str, ...]
    """What stood after ``--``, byte for byte."""
    target_name: str
    target: AnyTarget
    facts: Facts
    """What the place brings where it runs."""
    environment: Environment
    layers: tuple[PublishedLayer, ...]
    """Where the run is in an image: the code alone, which the image may have, too."""
    main: str | None = None
    """URI of the driver's program, for drivers that do not start on this machine."""
    image: RunImage | None = None
    """The image that driver and executors run in; None where the layers are all that they get."""
    packages: dict[str, str]
    lock_sha256: str | None
    source: Source
    spark_conf: dict[str, str]
    """Merged: project < tier < target < job < command line; secrets are redacted."""
    store: str
    """URL of the store that holds layers and records."""
    prefix: str
    """Where in the store the run's records are, as ``runs/main/<run-id>``."""
    output: str
    """URI of the run's output location, not percent-encoded, handed to the job as ``context.output``."""
    strict: bool = False
    """Whether an import from outside of the layers fails the run."""
    created: str
    """UTC, ISO 8601."""
    user: str | None = None
    """Login name of who submitted it."""
    root: str | None = None
    """Directory of the project on the machine where the run was planned."""
    rerun_of: str | None = None
    release: str | None = None
    """The release that it runs."""

    @property
    def spark(self) -> str:
        """Full version of Spark, as ``4.0.5``."""
        return self.facts.spark

    def without_secrets(self) -> "Plan":
        """Return the plan with Spark properties that hold secrets redacted, wherever they stand in it."""
        target = msgspec.structs.replace(self.target, spark_conf=redacted(self.target.spark_conf))
        job = msgspec.structs.replace(self.job, spark_conf=redacted(self.job.spark_conf))
        return msgspec.structs.replace(
            self, target=target, job=job, spark_conf=redacted(self.spark_conf)
        )

    def target_as(self, settings: type[S]) -> S:
        """Return the target's settings as those of one kind.

        :raises TypeError: they are another kind's.
        """
        if not isinstance(self.target, settings):
            raise TypeError(f"the plan is not for {settings.__name__}")
        return self.target
