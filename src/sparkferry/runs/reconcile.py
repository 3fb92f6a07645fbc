"""Bringing the ledger up to date with what has happened while no client was looking."""

from datetime import datetime, timedelta
from typing import Any

from sparkferry.runs.finish import finish
from sparkferry.runs.ledger import Ledger
from sparkferry.runs.model import HANDLE, Run
from sparkferry.targets.api import Client

SUBMIT_LIMIT = timedelta(minutes=15)
"""Time without any event after which a submission that its target does not find is taken for lost. Should
its client be alive after all, it finds its run lost and cancels what it has submitted."""


def reconcile(client: Client[Any], ledger: Ledger, run: Run) -> Run:
    """Record what ``client`` knows of a run that has not ended, its end included; return the run.

    :raises ExternalError: the target cannot be asked.
    """
    if run.final:
        return run
    if run.handle is None:
        run = _looked_for(client, ledger, run)
    if run.handle is None or run.final:
        return run
    if run.state == "cancelling":
        client.cancel(run.handle)
    return finish(client, ledger, run, client.status(run.handle))


def _looked_for(client: Client[Any], ledger: Ledger, run: Run) -> Run:
    """Return the run with the handle that its target finds it by; given up after :data:`SUBMIT_LIMIT`."""
    if run.state == "planned":
        return run
    handle = client.find(run.id)
    if handle is not None:
        return ledger.identify(run, {HANDLE: handle})
    if not _silent(ledger, run):
        return run
    reason = "its client ended before it had submitted"
    return ledger.record_state(
        run, "cancelled" if run.state == "cancelling" else "lost", {"reason": reason}
    )


def _silent(ledger: Ledger, run: Run) -> bool:
    last = datetime.fromisoformat(run.events[-1].at)
    return ledger.clock.now() - last > SUBMIT_LIMIT
