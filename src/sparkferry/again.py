"""Planning runs of what was recorded before: nothing is built."""

from pathlib import Path

import msgspec

from sparkferry.env import Env
from sparkferry.flow import Prepared, check_target
from sparkferry.project.model import Project, Settings
from sparkferry.runs.ids import check_id, new_id
from sparkferry.runs.ledger import Ledger
from sparkferry.runs.planning import (
    RunRequest,
    again,
    asked_again,
    job_of,
    plan_again,
    secrets_again,
)
from sparkferry.spark.secrets import secrets_of
from sparkferry.spark.versions import line_of
from sparkferry.targets.plan import Plan
from sparkferry.targets.registry import kind_of


def prepare_again(
    project: Project, old: Plan, ledger: Ledger, run_id: str | None, env: Env
) -> Prepared:
    """Plan the same run again, with the layers that are in the store and secrets from the settings.

    :raises UserError: the run's id is not valid, or a secret is not in the settings any more.
    :raises DiagnosticsError: the target cannot run anything now.
    """
    project_then = _as_planned(project, old)
    found = check_target(project_then, env)
    new = check_id(run_id) if run_id else new_id(old.job_name)
    target = msgspec.structs.replace(old.target, store=ledger.store.url)
    carrier = kind_of(target).carrier(project_then, target, env)
    planned = plan_again(old, new, ledger.store, env)
    planned = msgspec.structs.replace(planned, layers=carrier.relocate(planned.layers))
    return Prepared(plan=planned, secrets=secrets_again(project, old), found=found)


def prepare_from(
    project: Project, old: Plan, ledger: Ledger, request: RunRequest, env: Env
) -> Prepared:
    """Plan a run with the code, packages and settings of an earlier one, and arguments of its own.

    :raises UserError: the run's id is not valid, there is no such job, or a secret is not in the settings.
    :raises DiagnosticsError: the target cannot run anything now.
    """
    prepared = prepare_again(project, old, ledger, request.run_id, env)
    same = request.job_name == old.job_name
    job = old.job if same else job_of(project, request.job_name)
    run_id = request.run_id or new_id(request.job_name)
    prefix = f"{old.prefix.rpartition('/')[0]}/{run_id}"
    planned = asked_again(again(prepared.plan, prefix, ledger.store, env), request, job, run_id)
    secrets = {**prepared.secrets, **secrets_of(request.spark_conf)}
    return msgspec.structs.replace(prepared, plan=planned.without_secrets(), secrets=secrets)


def project_of(old: Plan, ledger: Ledger) -> Project:
    """Return what the record of a run tells of its project: enough to run it again without a checkout."""
    target = msgspec.structs.replace(old.target, store=ledger.store.url)
    settings = Settings(
        spark=line_of(old.spark), target=old.target_name, targets={old.target_name: target}
    )
    return Project(
        root=Path.cwd(),
        name=old.project,
        requires_python=">=3",
        dependencies=(),
        tier=old.tier,
        settings=settings,
        origins={},
    )


def _as_planned(project: Project, old: Plan) -> Project:
    """Return the project with the target and the line of Spark of a run."""
    settings = msgspec.structs.replace(
        project.settings,
        spark=line_of(old.spark),
        target=old.target_name,
        targets={**project.settings.targets, old.target_name: old.target},
    )
    return msgspec.structs.replace(project, settings=settings)
