"""The table of contents: load → snapshot → pack (see `packing`) → publish → plan → submit → follow."""

from collections.abc import Callable, Collection

import msgspec

from sparkferry.base.cache import Cache
from sparkferry.clock import SYSTEM, stamp
from sparkferry.errors import raise_errors
from sparkferry.packing import Cargo
from sparkferry.progress import Progress
from sparkferry.project.model import Job, Project
from sparkferry.project.signature import check_arguments
from sparkferry.runs.follow import follow
from sparkferry.runs.ids import check_id, new_id
from sparkferry.runs.ledger import Ledger
from sparkferry.runs.model import Outcome, Run
from sparkferry.runs.planning import Ask, Packed, job_of, plan, plan_again
from sparkferry.runs.submit import submit
from sparkferry.snapshot.keep import keep
from sparkferry.spark.check import check_java
from sparkferry.targets.api import Status, Target
from sparkferry.targets.local.check import check_containers
from sparkferry.targets.local.paths import check_paths
from sparkferry.targets.plan import Plan, PublishedLayer
from sparkferry.targets.publish import located, publish
from sparkferry.targets.registry import target_for


def target_of(plan: Plan) -> Target:
    """Return the target that a plan is for."""
    return target_for(plan.target, Cache())


def _target(project: Project) -> Target:
    return target_for(project.target, Cache())


def check_ask(project: Project, ask: Ask) -> None:
    """Find out in milliseconds whether the job and its arguments fit together.

    :raises UserError: there is no such job, or the run's id is not valid.
    :raises DiagnosticsError: its function or its arguments are wrong; all that is.
    """
    job_of(project, ask.job_name)
    if ask.run_id:
        check_id(ask.run_id)
    raise_errors(f"run `{ask.job_name}`", check_arguments(project, ask.job_name, ask.sets))


def check_target(project: Project) -> None:
    """Find out whether the project's target can run anything here, before anything is packed.

    :raises UserError: its image is for other machines, there is no Java that it can start, or a directory
        has a name that Spark would read as something else.
    :raises WorldError: its container engine is not there, or does not answer.
    """
    found = (*check_java(project), *check_paths(project, Cache()))
    raise_errors(f"run on `{project.settings.target}`", found)
    check_containers(project)


def plan_run(project: Project, ask: Ask, cargo: Cargo, ledger: Ledger, progress: Progress) -> Run:
    """Publish and plan one run of a job, and write the plan down.

    :raises UserError: there is no such job, or the run's id is not valid or taken.
    """
    published = publish(cargo.layers, ledger.store, progress)
    if cargo.image:
        _target(project).receive(cargo.image, progress)
    packed = _packed(ask, cargo, published)
    kept = msgspec.structs.replace(packed, snapshot=keep(packed.snapshot, packed.run_id))
    return ledger.create(plan(project, ask, kept, ledger.store))


def plan_only(project: Project, ask: Ask, cargo: Cargo, ledger: Ledger) -> Plan:
    """Return the plan that a run would have; nothing is published, kept or written down."""
    published = located(cargo.layers, ledger.store)
    return plan(project, ask, _packed(ask, cargo, published), ledger.store)


def plan_rerun(old: Plan, ledger: Ledger, run_id: str | None) -> Run:
    """Plan the same run again, with the layers that are in the store, and write the plan down."""
    new = check_id(run_id) if run_id else new_id(old.job_name)
    return ledger.create(plan_again(old, new, stamp(SYSTEM), ledger.store))


def _packed(ask: Ask, cargo: Cargo, published: tuple[PublishedLayer, ...]) -> Packed:
    return Packed(
        run_id=check_id(ask.run_id) if ask.run_id else new_id(ask.job_name),
        created=stamp(SYSTEM),
        published=published,
        snapshot=cargo.snapshot,
        layers=cargo.layers,
        spark=cargo.spark,
        image=cargo.image.run if cargo.image else None,
    )


def probe_ask(project: Project, cargo: Cargo) -> Ask:
    """Return what to ask for to have every executor compared with the layers."""
    layers = cargo.layers
    expected = {
        "executors": project.target.workers or 1,
        "python": layers.environment.python,
        "packages": layers.packages,
        "layers": {layer.kind: layer.digest for layer in layers.layers},
    }
    job = Job(entry="sparkferry.runtime.probe:run", args={"expected": expected})
    return Ask(job_name="probe", job=job)


def submit_run(run: Run, ledger: Ledger, progress: Progress, *, attached: bool) -> Run:
    """Submit; an attached run ends with this client, any other goes on without it."""
    return submit(target_of(run.plan), run.plan, ledger, progress, attached=attached)


def follow_run(run: Run, ledger: Ledger, on_status: Callable[[Status], None]) -> Outcome:
    """Follow: until the end, and keep what was left."""
    return follow(target_of(run.plan), ledger, run, on_status=on_status)


def forget_images(project: Project, images: Collection[str], *, dry_run: bool) -> tuple[str, ...]:
    """Remove images that runs were carried in from wherever the project's targets have them.

    :raises WorldError: who has the images cannot be asked, or one is in use.
    """
    targets = (target_for(settings, Cache()) for settings in project.settings.targets.values())
    found = (target.forget(images, dry_run=dry_run) for target in targets)
    return tuple(dict.fromkeys(name for names in found for name in names))
