"""The stage `plan`: everything of one submission in one value."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import msgspec

from sparkferry.errors import UserError
from sparkferry.image.model import RunImage
from sparkferry.layers.model import Layers
from sparkferry.project.keys import did_you_mean
from sparkferry.project.kinds.registry import AnyTarget
from sparkferry.project.model import Job, Project
from sparkferry.snapshot.branch import slug
from sparkferry.snapshot.model import Snapshot
from sparkferry.store.api import Store
from sparkferry.targets.plan import Plan, PublishedLayer, Source

if TYPE_CHECKING:
    from sparkferry.project.tables import SparkConf


class Ask(msgspec.Struct, frozen=True, kw_only=True):
    """What the user asks for: one run of one job."""

    job_name: str
    job: Job | None = None
    """A job of ours; None for the project's job of that name."""
    sets: dict[str, str] = {}
    """Arguments from ``--set``, as text."""
    argv: tuple[str, ...] = ()
    """What stood after ``--``."""
    spark_conf: dict[str, str] = {}
    """Spark properties from ``--conf``."""
    run_id: str | None = None
    strict: bool = False


class Packed(msgspec.Struct, frozen=True, kw_only=True):
    """What has been made for a run by the time that it is planned."""

    run_id: str
    created: str
    """UTC, ISO 8601."""
    snapshot: Snapshot
    layers: Layers
    published: tuple[PublishedLayer, ...]
    spark: str
    """Full version of Spark."""
    image: RunImage | None = None
    """The image that the run is carried in."""


def plan(project: Project, ask: Ask, packed: Packed, store: Store) -> Plan:
    """Return the plan of a run; pure.

    :raises UserError: there is no such job.
    """
    job = ask.job or job_of(project, ask.job_name)
    target = project.target
    prefix = f"runs/{slug(packed.snapshot.branch)}/{packed.run_id}"
    return Plan(
        run_id=packed.run_id,
        project=project.name,
        tier=project.tier,
        job_name=ask.job_name,
        job=job,
        sets=ask.sets,
        argv=ask.argv,
        target_name=project.settings.target,
        target=target,
        spark=packed.spark,
        environment=packed.layers.environment,
        layers=packed.published,
        image=packed.image,
        packages=packed.layers.packages,
        lock_sha256=packed.layers.lock_sha256,
        source=source_of(packed.snapshot),
        spark_conf=merged_conf(project, target, job, ask.spark_conf),
        store=store.url,
        prefix=prefix,
        output=output_of(prefix, store),
        strict=ask.strict,
        created=packed.created,
        root=str(project.root),
    )


def plan_again(old: Plan, run_id: str, created: str, store: Store) -> Plan:
    """Return the plan that runs ``old`` again under another id: same layers, same arguments; pure."""
    prefix = f"{old.prefix.rpartition('/')[0]}/{run_id}"
    return msgspec.structs.replace(
        old,
        run_id=run_id,
        created=created,
        prefix=prefix,
        output=output_of(prefix, store),
        rerun_of=old.run_id,
    )


def output_of(prefix: str, store: Store) -> str:
    """Return the URI of a run's output location: beside the records, under the same name.

    Nothing in it is percent-encoded: Hadoop's ``Path`` and fsspec take the text as it stands, and would
    write to a directory called ``my%20store``.
    """
    return unquote(store.uri(f"outputs/{prefix.removeprefix('runs/')}"))


def job_of(project: Project, name: str) -> Job:
    """Return a job of the project.

    :raises UserError: there is none of that name.
    """
    jobs = project.settings.jobs
    if name not in jobs:
        raise UserError(
            f"could not run `{name}`: the project has no such job",
            hint=did_you_mean(name, jobs, plural="jobs"),
        )
    return jobs[name]


def source_of(snapshot: Snapshot) -> Source:
    """Return the code's identity."""
    return Source(
        branch=snapshot.branch,
        head=snapshot.head,
        commit=snapshot.commit,
        tree=snapshot.tree,
        dirty=snapshot.dirty,
    )


def merged_conf(
    project: Project, target: AnyTarget, job: Job, asked: Mapping[str, str]
) -> dict[str, str]:
    """Return the Spark properties: project < target < job < command line."""
    levels: tuple[SparkConf, ...] = (project.settings.spark_conf, target.spark_conf, job.spark_conf)
    merged: dict[str, Any] = {key: value for level in levels for key, value in level.items()}
    return {**{key: _text(value) for key, value in merged.items()}, **asked}


def _text(value: str | float | bool) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
