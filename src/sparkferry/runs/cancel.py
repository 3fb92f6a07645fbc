"""Stopping a run, by the client that follows it or by any other."""

from datetime import timedelta
from functools import partial
from typing import Any

import msgspec

from sparkferry.errors import ExternalError
from sparkferry.runs.finish import final_state, finish
from sparkferry.runs.ledger import Ledger
from sparkferry.runs.model import Run
from sparkferry.runs.patience import Patience
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

    ``reason`` says why, where the target does not.

    A run without a submission is recorded as cancelled, and its client stops what it may yet submit.

    :raises ExternalError: the submission goes on after :data:`LIMIT`.
    """
    if run.final:
        return run
    if run.handle is None:
        return ledger.record_state(
            run, "cancelled", {"reason": "cancelled before it was submitted"}
        )
    patience.ask(partial(client.cancel, run.handle))
    deadline = patience.clock.now() + LIMIT
    while not final_state(status := patience.ask(partial(client.status, run.handle))):
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
