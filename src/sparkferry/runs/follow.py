"""Following an attached run to its end."""

from collections.abc import Callable
from functools import partial
from typing import Any

from sparkferry.errors import interrupted, reason_of
from sparkferry.runs.cancel import cancel
from sparkferry.runs.finish import final_state, finish, record_status, submitted_handle
from sparkferry.runs.ledger import Ledger
from sparkferry.runs.model import Outcome, Run
from sparkferry.runs.outcome import read_outcome
from sparkferry.runs.patience import Patience
from sparkferry.targets.api import Client, Status


def ignore(status: Status) -> None:
    """Do nothing with ``status``."""
    del status


def follow(
    client: Client[Any],
    ledger: Ledger,
    run: Run,
    patience: Patience,
    on_status: Callable[[Status], None] = ignore,
) -> Outcome:
    """Record what happens to a submitted run until it ends, keep its files, and return what came out.

    ``on_status`` is called with every look at it. Transient errors of the target are passed over for
    as long as ``patience`` lasts; the run goes on meanwhile.

    :raises InterruptError: Ctrl-C; the run is cancelled, and recorded so.
    """
    try:
        while True:
            status = patience.ask(partial(client.status, submitted_handle(run)))
            run = record_status(ledger, run, status)
            on_status(status)
            if final_state(status):
                break
            client.wait(submitted_handle(run), patience.clock)
    except KeyboardInterrupt as error:
        cancel(client, ledger, run, patience, reason=reason_of(error))
        raise interrupted(f"follow the run `{run.id}` to its end", error) from error
    return read_outcome(ledger, patience.ask(partial(finish, client, ledger, run, status)))
