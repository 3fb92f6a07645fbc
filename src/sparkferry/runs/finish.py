"""What is done when a submission has ended: keep its files, record its end, free what it occupied."""

from typing import Any

from sparkferry.errors import ExternalError, SparkferryError
from sparkferry.runs.ledger import Ledger
from sparkferry.runs.model import Run
from sparkferry.runs.states import FINAL, State
from sparkferry.targets.api import Client, Status


def record_status(ledger: Ledger, run: Run, status: Status) -> Run:
    """Record what ``status`` tells of a submission that has not ended: new ids, and that it runs."""
    run = ledger.identify(run, status.ids)
    if status.state == "running" and run.state in {"submitting", "submitted"}:
        return ledger.record_state(run, "running")
    return run


def finish(client: Client[Any], ledger: Ledger, run: Run, status: Status) -> Run:
    """Record the end of a submission, whoever of several clients comes first; return the run.

    Where it has not ended, what ``status`` tells is recorded and nothing else is done.

    The files are kept before the end is recorded, so that a client that is killed in between leaves a
    run that the next one finishes.
    """
    handle, state = submitted_handle(run), final_state(status)
    if (run.state, state) == ("cancelling", "lost"):
        state = "cancelled"
    if state is None:
        return record_status(ledger, run, status)
    try:
        ledger.keep_files(run, client.outputs(handle))
    except SparkferryError:
        # Another client has finished the run and released the files while they were read here.
        run = ledger.reread(run)
        if run.final:
            return run
        raise
    run = ledger.record_state(run, state, {"reason": status.reason} if status.reason else {})
    client.cleanup(handle)
    return run


def final_state(status: Status) -> State | None:
    """Return the final state that the target tells, or None while the submission goes on."""
    return next((state for state in FINAL if state == status.state), None)


def submitted_handle(run: Run) -> str:
    """Return what the target knows the submission by.

    :raises ExternalError: there is no submission yet.
    """
    if run.handle is None:
        raise ExternalError(f"could not ask for the run `{run.id}`: it was not submitted")
    return run.handle
