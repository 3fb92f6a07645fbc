"""Following an attached run to its end."""

from collections.abc import Callable
from typing import Any

from sparkferry.clock import SYSTEM, Clock
from sparkferry.errors import interrupted, reason_of
from sparkferry.runs.cancel import cancel
from sparkferry.runs.finish import final_state, finish, record_status, submitted_handle
from sparkferry.runs.ledger import Ledger
from sparkferry.runs.model import Outcome, Run
from sparkferry.runs.outcome import read_outcome
from sparkferry.targets.api import Client, Status


def ignore(status: Status) -> None:
    """Do nothing with ``status``."""
    del status


def follow(
    client: Client[Any],
    ledger: Ledger,
    run: Run,
    clock: Clock = SYSTEM,
    on_status: Callable[[Status], None] = ignore,
) -> Outcome:
    """Record what happens to a submitted run until it ends, keep its files, and return what came out.

    ``on_status`` is called with every look at it.

    :raises InterruptError: Ctrl-C; the run is cancelled, and recorded so.
    """
    try:
        while True:
            status = client.status(submitted_handle(run))
            run = record_status(ledger, run, status)
            on_status(status)
            if final_state(status):
                break
            clock.sleep(client.poll_seconds)
    except KeyboardInterrupt as error:
        cancel(client, ledger, run, clock, reason=reason_of(error))
        raise interrupted(f"follow the run `{run.id}` to its end", error) from error
    return read_outcome(ledger, finish(client, ledger, run, status))
