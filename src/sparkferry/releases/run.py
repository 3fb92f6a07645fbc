"""A run of a release: nothing is built, and no checkout is needed."""

import msgspec

from sparkferry.again import project_of
from sparkferry.env import Env
from sparkferry.errors import UserError
from sparkferry.flow import Prepared, check_target
from sparkferry.project.keys import did_you_mean
from sparkferry.project.model import Job
from sparkferry.releases.model import Release, read_release
from sparkferry.runs.ids import check_id, new_id
from sparkferry.runs.ledger import Ledger
from sparkferry.runs.planning import RunRequest, again, asked_again
from sparkferry.spark.secrets import secret_names, secrets_of
from sparkferry.targets.plan import Plan
from sparkferry.targets.registry import kind_of


def prepare_release(
    ledger: Ledger, name: str, request: RunRequest, target: str | None, env: Env
) -> Prepared:
    """Plan a run of a release: its layers, settings and arguments, with what ``request`` changes.

    :raises UserError: there is no such release, job or target, or it needs a secret.
    :raises DiagnosticsError: the target cannot run anything now.
    """
    release = read_release(ledger.store, name)
    place = target or release.target
    plan = _planned(release, place, request, ledger, env)
    project = project_of(plan, ledger)
    found = check_target(project, env)
    carrier = kind_of(project.target).carrier(project, project.target, env)
    plan = msgspec.structs.replace(
        plan, target=project.target, layers=carrier.relocate(plan.layers)
    )
    secrets = secrets_of(request.spark_conf)
    _check_secrets(release, plan, secrets)
    return Prepared(plan=plan.without_secrets(), secrets=secrets, found=found)


def _planned(release: Release, target: str, request: RunRequest, ledger: Ledger, env: Env) -> Plan:
    job = _job(release, request.job_name)
    run_id = check_id(request.run_id) if request.run_id else new_id(request.job_name)
    prefix = f"runs/release.{release.name}/{run_id}"
    plan = again(release.plan(target), prefix, ledger.store, env)
    plan = msgspec.structs.replace(plan, release=release.name, store=ledger.store.url, root=None)
    return asked_again(plan, request, job, run_id)


def _job(release: Release, name: str) -> Job:
    if name not in release.jobs:
        raise UserError(
            f"could not run `{name}`: the release `{release.name}` has no such job",
            hint=did_you_mean(name, release.jobs, plural="jobs"),
        )
    return release.jobs[name]


def _check_secrets(release: Release, plan: Plan, given: dict[str, str]) -> None:
    lacking = [name for name in secret_names(plan.spark_conf) if name not in given]
    if lacking:
        raise UserError(
            f"could not run the release `{release.name}`: it does not hold the secret `{lacking[0]}`",
            hint=f"give it: `--conf {lacking[0]}=…`",
        )
