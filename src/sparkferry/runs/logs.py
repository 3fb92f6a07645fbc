"""The logs of a run: from its target while it goes on, from the store afterwards."""

from collections.abc import Iterable, Iterator
from contextlib import closing
from functools import partial
from typing import Any

from sparkferry.errors import UserError
from sparkferry.files import CHUNK
from sparkferry.runs.ledger import Ledger
from sparkferry.runs.model import Run
from sparkferry.runs.patience import Patience
from sparkferry.runs.reconcile import reconcile
from sparkferry.store.errors import NotFoundError
from sparkferry.targets.api import Client, LogChunk

DRIVER = "logs/driver.log"


def log_name(executor: int | None, stream: str) -> str:
    """Return the name of the driver's log, or of an executor's ``stdout`` or ``stderr``."""
    return DRIVER if executor is None else f"logs/executors/{executor}/{stream}"


def read_log(client: Client[Any], ledger: Ledger, run: Run, name: str) -> Iterator[bytes]:
    """Yield what the log holds now.

    :raises UserError: the run has ended and left no such log.
    """
    run = reconcile(client, ledger, run)
    if run.final:
        yield from _kept(ledger, run, name, 0)
    elif run.handle is not None:
        yield from (chunk.data for chunk in _live(client, run.handle, name, None))


def follow_log(
    client: Client[Any], ledger: Ledger, run: Run, name: str, patience: Patience
) -> Iterator[bytes]:
    """Yield the log as it grows, until the run has ended.

    :raises UserError: the run has ended and left no such log.
    """
    shown, cursor = 0, None
    while not (run := patience.ask(partial(reconcile, client, ledger, run))).final:
        while run.handle:
            read = partial(client.read_log, run.handle, name, cursor)
            chunk = patience.ask(read)
            shown, cursor = shown + len(chunk.data), chunk.cursor
            if not chunk.data:
                break
            yield chunk.data
        patience.clock.sleep(client.poll_seconds)
        run = ledger.reread(run)
    yield from _kept(ledger, run, name, shown)


def _live(client: Client[Any], handle: str, name: str, cursor: str | None) -> Iterator[LogChunk]:
    """Yield what the target has of a log after ``cursor``, up to its present end."""
    while (chunk := client.read_log(handle, name, cursor)).data:
        cursor = chunk.cursor
        yield chunk


def lines(chunks: Iterable[bytes]) -> Iterator[str]:
    r"""Yield the lines of a log, without their ends; bytes that are not UTF-8 as ``\x…``."""
    rest = b""
    for chunk in chunks:
        *whole, rest = (rest + chunk).split(b"\n")
        yield from (line.decode("utf-8", "backslashreplace") for line in whole)
    if rest:
        yield rest.decode("utf-8", "backslashreplace")


def _kept(ledger: Ledger, run: Run, name: str, offset: int) -> Iterator[bytes]:
    try:
        stream = ledger.store.open(f"{run.plan.prefix}/{name}")
    except NotFoundError as error:
        raise _no_log(ledger, run, name) from error
    with closing(stream):
        stream.seek(offset)
        while chunk := stream.read(CHUNK):
            yield chunk


def _no_log(ledger: Ledger, run: Run, name: str) -> UserError:
    prefix = f"{run.plan.prefix}/"
    there = [entry.key.removeprefix(prefix) for entry in ledger.store.list(f"{prefix}logs/")]
    hint = f"it left {', '.join(there)}" if there else f"it is {run.state} and left no logs"
    return UserError(
        f"could not read `{name}` of the run `{run.id}`: there is no such log", hint=hint
    )
