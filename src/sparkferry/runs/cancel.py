"""Stopping a run, by the client that follows it or by any other."""

from datetime import timedelta
from functools import partial
from typing import Any

import msgspec

from sparkferry.errors import ExternalError
from sparkferry.runs.finish import final_state, finish, submitted_handle
from sparkferry.runs.ledger import Ledger
from sparkferry.runs.model import Run
from sparkferry.runs.patience import Patience
from sparkferry.runs.reconcile import reconcile
from sparkferry.targets.api import Client

LIMIT = timedelta(seconds=60)
"""How long a submission may take to end after it was cancelled."""


def cancel(
    client: Client[Any],
    ledger: Ledger,
    run: Run,
    patience: Patience,
    reason: str | None = None,
) -> Run:
    """Stop a run, wait for its end, and return it; a run that has ended already stays as it is.

    ``reason`` says why, where the target does not. A run that is just being submitted is recorded as
    ``cancelling``: its client, or whoever finds it at its target, stops it.

    :raises ExternalError: the submission goes on after :data:`LIMIT`, or is not found until then.
    """
    if run.final:
        return run
    if run.handle is None:
        run = _found(client, ledger, run, patience)
    return run if run.final else _stopped(client, ledger, run, patience, reason)


def _found(client: Client[Any], ledger: Ledger, run: Run, patience: Patience) -> Run:
    """Wait until a run that is being submitted has a handle, or has ended; at once where nothing was sent."""
    reason = "cancelled while it was being submitted"
    run = ledger.record_state(run, "cancelling", {"reason": reason})
    if run.at("submitting") is None:
        reason = "cancelled before it was submitted"
        return ledger.record_state(run, "cancelled", {"reason": reason})
    deadline = patience.clock.now() + LIMIT
    while not run.final and run.handle is None:
        if patience.clock.now() > deadline:
            raise ExternalError(
                f"could not cancel the run `{run.id}` yet: its target does not know of it",
                hint="it is cancelled when it gets there; `sparkferry runs` looks again",
            )
        patience.clock.sleep(client.poll_seconds)
        run = patience.ask(partial(reconcile, client, ledger, ledger.reread(run)))
    return run


def _stopped(
    client: Client[Any], ledger: Ledger, run: Run, patience: Patience, reason: str | None
) -> Run:
    handle = submitted_handle(run)
    patience.ask(partial(client.cancel, handle))
    deadline = patience.clock.now() + LIMIT
    while not final_state(status := patience.ask(partial(client.status, handle))):
        if patience.clock.now() > deadline:
            raise ExternalError(
                f"could not cancel the run `{run.id}`: "
                f"it is still {status.state} after {LIMIT.total_seconds():.0f} s",
                hint=f"look again with `sparkferry status {run.id}`",
            )
        patience.clock.sleep(client.poll_seconds)
    if status.state == "cancelled" and status.reason is None:
        status = msgspec.structs.replace(status, reason=reason)
    return patience.ask(partial(finish, client, ledger, run, status))
