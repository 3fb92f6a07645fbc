"""The table of contents: prepare → reserve → submit → follow.

``prepare`` takes the snapshot, packs and plans, and touches nothing but the cache. ``submit`` publishes
first.
"""

from collections.abc import Callable, Collection, Mapping
from typing import Any

import msgspec

from sparkferry.carriers.api import Artifacts, Carrier
from sparkferry.env import Env
from sparkferry.errors import Diagnostic, raise_errors, warnings_of
from sparkferry.findings import collected
from sparkferry.project.model import Job, Project
from sparkferry.project.signature import check_arguments
from sparkferry.runs.deletion import check_layers, wait_for_deletions
from sparkferry.runs.follow import follow as follow_to_the_end
from sparkferry.runs.ids import check_id
from sparkferry.runs.ledger import Ledger
from sparkferry.runs.model import Outcome, Run
from sparkferry.runs.patience import Patience
from sparkferry.runs.planning import (
    RunRequest,
    identity,
    job_of,
    merged_conf,
    plan,
)
from sparkferry.runs.submit import Submission
from sparkferry.runs.submit import submit as submit_plan
from sparkferry.snapshot.bundle import BUNDLE, bundled
from sparkferry.snapshot.create import create_snapshot
from sparkferry.snapshot.pin import pin_commit
from sparkferry.spark.secrets import secrets_of
from sparkferry.store.open import open_store
from sparkferry.targets.api import Client, Request, Status
from sparkferry.targets.plan import Plan
from sparkferry.targets.registry import kind_of


class Prepared(msgspec.Struct, frozen=True, kw_only=True):
    """A plan, and what is still to be published for it."""

    plan: Plan
    artifacts: Artifacts | None = None
    """None where everything is in the store already."""
    carrier: Carrier | None = None
    secrets: Mapping[str, str] = {}
    """Spark properties that hold secrets: they are in no plan and no record."""
    found: tuple[Diagnostic, ...] = ()
    """What may be wrong with the target."""
    bundle: bool = False
    """Whether the code is kept as a Git bundle, too."""

    @property
    def warnings(self) -> tuple[Diagnostic, ...]:
        """What may be wrong with target and artifacts."""
        return (*self.found, *(self.artifacts.warnings if self.artifacts else ()))


class Reserved(msgspec.Struct, frozen=True, kw_only=True):
    """A prepared run whose id is its own."""

    prepared: Prepared
    ledger: Ledger


def prepare(project: Project, request: RunRequest, env: Env) -> Prepared:
    """Check, take a snapshot, pack and plan one run; nothing is sent, published or recorded.

    :raises UserError: there is no such job, or the run's id is not valid.
    :raises DiagnosticsError: what is wrong with job, arguments, target, code, lock or packages.
    :raises ExternalError: an index, a mirror, a build or the disk failed.
    """
    check_request(project, request)
    found = check_target(project, env)
    prepared = plan_with(project, request, pack(project, env, job=request.job_name), env)
    return msgspec.structs.replace(prepared, found=found)


def reserve(prepared: Prepared, ledger: Ledger) -> Reserved:
    """Reserve the run's id, before anything is uploaded, loaded or pinned.

    :raises TakenError: the id is taken.
    """
    ledger.reserve(prepared.plan)
    return Reserved(prepared=prepared, ledger=ledger)


def submit(reserved: Reserved, client: Client[Any], env: Env, *, attached: bool) -> Run:
    """Publish, pin the commit, write the plan down, and send the request.

    :raises ExternalError: store, engine, registry or target is out of reach, or refused it.
    :raises InterruptError: Ctrl-C, or somebody cancelled the run meanwhile; it is cancelled.
    """
    ledger = reserved.ledger
    try:
        wait_for_deletions(ledger, reserved.prepared.plan, env.progress)
        if reserved.prepared.artifacts is None:
            check_layers(ledger, reserved.prepared.plan)
        planned = publish(reserved.prepared, env)
        _keep_bundle(reserved, env)
    except BaseException:
        ledger.release(reserved.prepared.plan)
        raise
    ledger.write(planned)
    submission = Submission(
        plan=planned,
        request=request_of(planned),
        secrets=reserved.prepared.secrets,
        attached=attached,
    )
    return submit_plan(client, submission, ledger)


def _keep_bundle(reserved: Reserved, env: Env) -> None:
    """Put the code as a Git bundle among the run's records, where the settings want it."""
    artifacts, planned = reserved.prepared.artifacts, reserved.prepared.plan
    if artifacts is None or not reserved.prepared.bundle:
        return
    with bundled(artifacts.snapshot, planned.run_id) as path:
        if path:
            reserved.ledger.store.put_file(f"{planned.prefix}/{BUNDLE}", path, env.progress)


def follow(
    run: Run, ledger: Ledger, client: Client[Any], env: Env, on_status: Callable[[Status], None]
) -> Outcome:
    """Watch the run until it ends, and keep what it left."""
    return follow_to_the_end(client, ledger, run, patience_of(env), on_status)


def patience_of(env: Env) -> Patience:
    """Return what passes over transient errors of targets, and tells the user."""
    return Patience(env.clock, env.progress.message)


def check_request(project: Project, request: RunRequest) -> None:
    """Find out in milliseconds whether the job and its arguments fit together.

    :raises UserError: there is no such job, or the run's id is not valid.
    :raises DiagnosticsError: its function or its arguments are wrong; all that is.
    """
    job_of(project, request.job_name)
    if request.run_id:
        check_id(request.run_id)
    found = check_arguments(project, request.job_name, request.sets)
    raise_errors(f"run `{request.job_name}`", found)


def check_target(project: Project, env: Env) -> tuple[Diagnostic, ...]:
    """Find out whether the project's target can run anything, before anything is packed; return warnings.

    :raises DiagnosticsError: it cannot; all that keeps it from it.
    """
    target = project.target
    found = tuple(collected(lambda: kind_of(target).check(project, target, env)))
    raise_errors(f"run on `{project.settings.target}`", found)
    return warnings_of(found)


def pack(project: Project, env: Env, *, job: str | None = None) -> Artifacts:
    """Snapshot and pack what a run of the project's target is carried in.

    ``job`` is the one that is to run: what only others import does not matter then.
    """
    project = msgspec.structs.replace(project, job=job)
    snapshot = create_snapshot(project)
    kind = kind_of(project.target)
    facts = kind.facts(project, project.target, env)
    return kind.carrier(project, project.target, env).pack(project, snapshot, facts, env)


def plan_with(project: Project, request: RunRequest, artifacts: Artifacts, env: Env) -> Prepared:
    """Plan a run with artifacts that are made."""
    store = open_store(project.target.store, project.root, env)
    carrier = kind_of(project.target).carrier(project, project.target, env)
    who = identity(request, artifacts.snapshot.branch, store, env)
    planned = plan(project, request, artifacts, carrier.locate(artifacts), who)
    job = request.job or job_of(project, request.job_name)
    secrets = secrets_of(merged_conf(project, job, request.spark_conf))
    return Prepared(
        plan=planned,
        artifacts=artifacts,
        carrier=carrier,
        secrets=secrets,
        bundle=project.settings.snapshot.bundle,
    )


def publish(prepared: Prepared, env: Env) -> Plan:
    """Publish the artifacts and pin the commit; return the plan with both."""
    planned, artifacts, carrier = prepared.plan, prepared.artifacts, prepared.carrier
    if artifacts is None or carrier is None:
        return planned
    published = carrier.publish(artifacts, env)
    pinned = pin_commit(artifacts.snapshot, planned.run_id)
    return msgspec.structs.replace(
        planned,
        layers=published.layers,
        main=published.main,
        image=published.image,
        source=msgspec.structs.replace(planned.source, commit=pinned.commit),
    )


def request_of(planned: Plan) -> Request:
    """Return the native request of a plan: `render` prints it, and `submit` sends it."""
    request: Request = kind_of(planned.target).request(planned)
    return request


def prepare_probe(project: Project, env: Env) -> Prepared:
    """Plan a run that has every executor compared with the layers.

    :raises DiagnosticsError: what is wrong with target, code, lock or packages.
    """
    found = check_target(project, env)
    artifacts = pack(project, env)
    prepared = plan_with(project, probe_request(artifacts), artifacts, env)
    return msgspec.structs.replace(prepared, found=found)


def probe_request(artifacts: Artifacts) -> RunRequest:
    """Return what to ask for to have every executor compared with the layers."""
    layers = artifacts.layers
    expected = {
        "executors": artifacts.facts.executors or 1,
        "python": layers.environment.python,
        "packages": layers.packages,
        "layers": {layer.kind: layer.digest for layer in layers.layers},
    }
    job = Job(entry="sparkferry.runtime.probe:run", args={"expected": expected})
    return RunRequest(job_name="probe", job=job)


def prune_images(
    project: Project, images: Collection[str], env: Env, *, dry_run: bool
) -> tuple[str, ...]:
    """Remove images that runs were carried in from wherever the project's targets have them.

    :raises ExternalError: who has the images cannot be asked, or one is in use.
    """
    targets = project.settings.targets.values()
    carriers = (kind_of(target).carrier(project, target, env) for target in targets)
    found = (carrier.prune(images, dry_run=dry_run) for carrier in carriers)
    return tuple(dict.fromkeys(name for names in found for name in names))
