"""What came out of a run, read from the files that were kept with it."""

import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import msgspec

from sparkferry.runs.ledger import Ledger
from sparkferry.runs.left import left_place, left_warnings, read_left
from sparkferry.runs.logs import DRIVER
from sparkferry.runs.missing_path import explain_missing
from sparkferry.runs.model import JobError, Outcome, Run
from sparkferry.runtime.failures import explain
from sparkferry.store.errors import NotFoundError

TAIL = 64 * 1024
"""Bytes at the end of the driver's log that are searched for a known failure."""


def read_outcome(ledger: Ledger, run: Run) -> Outcome:
    """Return the outcome of a run that has ended.

    :raises ExternalError: a kept file is damaged.
    """
    with ThreadPoolExecutor(3) as pool:
        asked = (
            pool.submit(ledger.read_saved, run, "result.json"),
            pool.submit(ledger.read_saved, run, "audit.json"),
            pool.submit(read_left, ledger, run),
        )
    result, audit, left = asked[0].result() or {}, asked[1].result(), asked[2].result()
    return Outcome(
        run_id=run.id,
        state=run.state,
        exit_code=0 if run.state == "succeeded" else 1,
        result=result.get("result"),
        counters=result.get("counters", {}),
        error=_error(ledger, run, result),
        audit=audit,
        left=left,
        warnings=(*result.get("warnings", ()), *left_warnings(left, left_place(run))),
    )


def _error(ledger: Ledger, run: Run, result: dict[str, Any]) -> JobError | None:
    """Return how the job failed: by its own words, else by those of target and log.

    What a driver says that was stopped is no reason: whoever stopped it knows.
    """
    if run.state == "succeeded":
        return None
    said = result.get("error")
    if said and result.get("state") == run.state:
        return _explained(ledger, run, said["traceback"], JobError(**said))
    message = run.reason or f"the run is {run.state}"
    return _explained(
        ledger, run, _end_of_log(ledger, run), JobError(type=run.state, message=message)
    )


def _explained(ledger: Ledger, run: Run, text: str, error: JobError) -> JobError:
    whole = f"{error.type}: {error.message}\n{text}"
    known = explain_missing(whole, run, ledger) or explain(whole)
    return msgspec.structs.replace(error, cause=known.cause, fix=known.fix) if known else error


def _end_of_log(ledger: Ledger, run: Run) -> str:
    # A run that was never submitted has no log.
    with suppress(NotFoundError), ledger.store.open(f"{run.plan.prefix}/{DRIVER}") as stream:
        stream.seek(0, os.SEEK_END)
        stream.seek(max(0, stream.tell() - TAIL))
        return stream.read().decode("utf-8", "replace")
    return ""
