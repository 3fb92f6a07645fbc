"""The stage `plan`: everything of one submission in one value."""

from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import unquote

import msgspec

from sparkferry.carriers.api import Artifacts, Published
from sparkferry.clock import stamp
from sparkferry.env import Env
from sparkferry.errors import UserError
from sparkferry.paths import user_name
from sparkferry.project.keys import did_you_mean
from sparkferry.project.model import Job, Project
from sparkferry.runs.ids import check_id, new_id
from sparkferry.snapshot.branch import slug
from sparkferry.snapshot.model import Snapshot
from sparkferry.spark.secrets import secret_names, secrets_of
from sparkferry.store.api import Store
from sparkferry.targets.plan import Plan, Source, result_prefix

if TYPE_CHECKING:
    from sparkferry.project.tables import SparkConf


class RunRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What the user asks for: one run of one job."""

    job_name: str
    job: Job | None = None
    """A job of sparkferry's own; None for the project's job of that name."""
    sets: dict[str, str] = {}
    """Arguments from ``--set``, as text."""
    argv: tuple[str, ...] = ()
    """What stood after ``--``."""
    spark_conf: dict[str, str] = {}
    """Spark properties from ``--conf``."""
    run_id: str | None = None
    strict: bool = False


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """What tells one run from another."""

    run_id: str
    created: str
    """UTC, ISO 8601."""
    user: str
    """Login name of who runs the command."""
    store: str
    """URL of the store."""
    prefix: str
    """Where in it the run's records are."""
    output: str
    """URI of the run's output location."""


def identity(request: RunRequest, branch: str, store: Store, env: Env) -> Identity:
    """Return the identity of a new run.

    :raises UserError: the id that is asked for is not valid.
    """
    run_id = check_id(request.run_id) if request.run_id else new_id(request.job_name)
    prefix = f"runs/{slug(branch)}/{run_id}"
    return Identity(
        run_id=run_id,
        created=stamp(env.clock),
        user=user_name(env.environ),
        store=store.url,
        prefix=prefix,
        output=output_of(prefix, store),
    )


def plan(
    project: Project,
    request: RunRequest,
    artifacts: Artifacts,
    published: Published,
    identity: Identity,
) -> Plan:
    """Return the plan of a run; pure.

    :raises UserError: there is no such job.
    """
    job = request.job or job_of(project, request.job_name)
    layers = artifacts.layers
    return Plan(
        run_id=identity.run_id,
        project=project.name,
        tier=project.tier,
        job_name=request.job_name,
        job=job,
        sets=request.sets,
        argv=request.argv,
        target_name=project.settings.target,
        target=project.target,
        facts=artifacts.facts,
        environment=layers.environment,
        layers=published.layers,
        main=published.main,
        image=published.image,
        packages=layers.packages,
        lock_sha256=layers.lock_sha256,
        source=source_of(artifacts.snapshot),
        spark_conf=merged_conf(project, job, request.spark_conf),
        store=identity.store,
        prefix=identity.prefix,
        output=identity.output,
        strict=request.strict,
        created=identity.created,
        user=identity.user,
        root=str(project.root),
    ).without_secrets()


def plan_again(old: Plan, run_id: str, store: Store, env: Env) -> Plan:
    """Return the plan that runs ``old`` again under another id: same layers, same arguments; pure."""
    prefix = f"{old.prefix.rpartition('/')[0]}/{run_id}"
    new = again(old, prefix, store, env)
    return msgspec.structs.replace(new, run_id=run_id, rerun_of=old.run_id)


def again(old: Plan, prefix: str, store: Store, env: Env) -> Plan:
    """Return ``old`` as a plan of this user and moment, with records below ``prefix``; pure."""
    return msgspec.structs.replace(
        old,
        created=stamp(env.clock),
        user=user_name(env.environ),
        prefix=prefix,
        output=output_of(prefix, store),
    )


def asked_again(plan: Plan, request: RunRequest, job: Job, run_id: str) -> Plan:
    """Return ``plan`` as one of another job, with what ``request`` asks for; pure."""
    return msgspec.structs.replace(
        plan,
        run_id=run_id,
        job_name=request.job_name,
        job=job,
        sets=request.sets,
        argv=request.argv,
        strict=request.strict,
        spark_conf={**plan.spark_conf, **as_texts(job.spark_conf), **request.spark_conf},
    )


def output_of(prefix: str, store: Store) -> str:
    """Return the URI of a run's output location: beside the records, under the same name.

    Nothing in it is percent-encoded: Hadoop's ``Path`` and fsspec take the text as it stands, and would
    write to a directory called ``my%20store``.
    """
    return unquote(store.uri(result_prefix(prefix)))


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


def secrets_again(project: Project, old: Plan) -> dict[str, str]:
    """Return the secrets that a run is to have again, from the settings: records do not hold them.

    :raises UserError: the settings do not have one of them any more.
    """
    targets, jobs = project.settings.targets, project.settings.jobs
    target, job = targets.get(old.target_name, old.target), jobs.get(old.job_name, old.job)
    levels = (project.settings.spark_conf, target.spark_conf, job.spark_conf)
    found = secrets_of(_merged(*levels))
    lost = [name for name in secret_names(old.spark_conf) if name not in found]
    if lost:
        raise UserError(
            f"could not run `{old.run_id}` again: its record does not hold the secret `{lost[0]}`",
            hint=f"set `{lost[0]}` in `spark-conf` of the project, the target or the job",
        )
    return {name: found[name] for name in secret_names(old.spark_conf)}


def merged_conf(project: Project, job: Job, asked: Mapping[str, str]) -> dict[str, str]:
    """Return the Spark properties: project < target < job < command line."""
    levels = (project.settings.spark_conf, project.target.spark_conf, job.spark_conf)
    return {**_merged(*levels), **asked}


def as_texts(conf: "SparkConf") -> dict[str, str]:
    """Return Spark properties as Spark reads them."""
    return {name: _text(value) for name, value in conf.items()}


def _merged(*levels: "SparkConf") -> dict[str, str]:
    return {name: text for level in levels for name, text in as_texts(level).items()}


def _text(value: str | float | bool) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
