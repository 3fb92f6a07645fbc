"""Submitting and following a planned run, as `run` and `rerun` do it."""

import json

import click

from sparkferry.cli.failure import show_hint
from sparkferry.cli.output import emit_json
from sparkferry.cli.stages import Stages
from sparkferry.flow import follow_run, submit_run
from sparkferry.progress import Progress
from sparkferry.runs.ledger import Ledger
from sparkferry.runs.model import JobError, Outcome, Run

_ENDED = {"failed": "failed", "cancelled": "was cancelled", "lost": "was lost"}
"""How a run ended that has no error of its own, by its state."""


def carry(run: Run, ledger: Ledger, progress: Progress, *, detach: bool, as_json: bool) -> int:
    """Submit the run, print its id, follow it, print its result; return the exit code.

    :raises WorldError: the target refused it, or could not be asked any more.
    :raises InterruptError: Ctrl-C; the run is cancelled.
    """
    if not as_json:
        click.echo(run.id)
    if detach:
        run = submit_run(run, ledger, progress, attached=False)
        if as_json:
            emit_json({"run": run.id, "state": run.state})
        return 0
    outcome = carry_through(run, ledger, progress)
    _show(outcome, as_json)
    return outcome.exit_code


def carry_through(run: Run, ledger: Ledger, progress: Progress) -> Outcome:
    """Submit the run, show its progress, and return what came out."""
    run = submit_run(run, ledger, progress, attached=True)
    with Stages(progress) as stages:
        return follow_run(run, ledger, stages.show)


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
