"""Stopping a run, by the client that follows it or by any other."""

from datetime import timedelta
from typing import Any

import msgspec

from sparkferry.clock import SYSTEM, Clock
from sparkferry.errors import ExternalError
from sparkferry.runs.finish import final_state, finish
from sparkferry.runs.ledger import Ledger
from sparkferry.runs.model import Run
from sparkferry.targets.api import Client

PATIENCE = timedelta(seconds=60)
"""How long a submission may take to end after it was cancelled."""


def cancel(
    client: Client[Any],
    ledger: Ledger,
    run: Run,
    clock: Clock = SYSTEM,
    reason: str | None = None,
) -> Run:
    """Stop a run, wait for its end, and return it; a run that has ended already stays as it is.

    ``reason`` says why, where the target does not.

    A run without a submission is recorded as cancelled, and its client stops what it may yet submit.

    :raises ExternalError: the submission goes on after :data:`PATIENCE`.
    """
    if run.final:
        return run
    if run.handle is None:
        return ledger.record_state(
            run.id, "cancelled", {"reason": "cancelled before it was submitted"}
        )
    client.cancel(run.handle)
    deadline = clock.now() + PATIENCE
    while not final_state(status := client.status(run.handle)):
        if clock.now() > deadline:
            raise ExternalError(
                f"could not cancel the run `{run.id}`: "
                f"it is still {status.state} after {PATIENCE.total_seconds():.0f} s",
                hint=f"look again with `sparkferry status {run.id}`",
            )
        clock.sleep(client.poll_seconds)
    if status.state == "cancelled" and status.reason is None:
        status = msgspec.structs.replace(status, reason=reason)
    return finish(client, ledger, run, status)
