"""Submitting and following a planned run, as `run` and `rerun` do it."""

import json

import click

from sparkferry.cli.failure import show_hint
from sparkferry.cli.output import emit_json
from sparkferry.cli.stages import Stages
from sparkferry.env import Env
from sparkferry.flow import Prepared, Reserved, follow, reserve, submit
from sparkferry.runs.ledger import Ledger
from sparkferry.runs.model import JobError, Outcome
from sparkferry.targets.clients import Clients

_ENDED = {"failed": "failed", "cancelled": "was cancelled", "lost": "was lost"}
"""How a run ended that has no error of its own, by its state."""


def submit_and_follow(
    prepared: Prepared, ledger: Ledger, env: Env, *, detach: bool, as_json: bool
) -> int:
    """Submit the run, print its id, follow it, print its result; return the exit code.

    :raises ExternalError: the target refused it, or could not be asked any more.
    :raises InterruptError: Ctrl-C; the run is cancelled.
    """
    reserved = reserve(prepared, ledger)
    if not as_json:
        click.echo(prepared.plan.run_id)
    if detach:
        with Clients(env) as clients:
            run = submit(reserved, clients.of(prepared.plan), env, attached=False)
        if as_json:
            emit_json({"run": run.id, "state": run.state})
        return 0
    outcome = wait(reserved, env)
    _show(outcome, as_json)
    return outcome.exit_code


def wait(reserved: Reserved, env: Env) -> Outcome:
    """Submit the run, show its progress, and return what came out."""
    with Clients(env) as clients:
        client = clients.of(reserved.prepared.plan)
        run = submit(reserved, client, env, attached=True)
        with Stages(env.progress) as stages:
            return follow(run, reserved.ledger, client, env, stages.show)


def _show(outcome: Outcome, as_json: bool) -> None:
    for warning in outcome.warnings:
        click.echo(f"{click.style('warning', fg='yellow')}: {warning}", err=True)
    if outcome.error is not None:
        show_job_error(outcome.run_id, outcome.error)
    if as_json:
        emit_json(outcome)
    elif outcome.error is None:
        click.echo(json.dumps(outcome.result, indent=2, ensure_ascii=False))


def show_job_error(run_id: str, error: JobError) -> None:
    """Print the job's own traceback, whole, and what is known of its cause."""
    if error.traceback:
        click.echo(error.traceback.rstrip(), err=True)
    ended = _ENDED.get(error.type, f"failed: {error.type}")
    click.echo(
        f"{click.style('error', fg='red')}: the run `{run_id}` {ended}: {error.message}", err=True
    )
    if error.fix:
        show_hint(f"{error.cause}; {error.fix}")
    show_hint(f"`sparkferry logs {run_id}` shows all that it wrote")
