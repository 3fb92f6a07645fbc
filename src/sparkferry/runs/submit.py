"""Submitting a plan so that no submission can be lost: every id is recorded the moment it exists."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import msgspec

from sparkferry.errors import (
    ExternalError,
    InterruptError,
    TransientError,
    interrupted,
    reason_of,
)
from sparkferry.runs.errors import TransitionError
from sparkferry.runs.ledger import Ledger
from sparkferry.runs.model import HANDLE, Run
from sparkferry.runs.patience import Patience
from sparkferry.runs.states import State
from sparkferry.targets.api import Client, Record, Request
from sparkferry.targets.plan import Plan

_LOOKS = (0.0, 2.0, 8.0, 20.0)
"""Seconds before each look for a submission whose answer got lost."""


_GIVEN_UP: frozenset[State] = frozenset({"cancelling", "cancelled", "lost"})
"""States into which only others bring a run that is being submitted."""


class _CancelledMeanwhileError(Exception):
    """Somebody else has cancelled the run, or taken it for lost."""


class Submission(msgspec.Struct, frozen=True, kw_only=True):
    """What is submitted."""

    plan: Plan
    """It is in the ledger."""
    request: Request
    secrets: Mapping[str, str] = {}
    """Spark properties that hold secrets."""
    attached: bool = True
    """Whether this process is going to follow the run to its end."""


def submit(client: Client[Any], submission: Submission, ledger: Ledger) -> Run:
    """Submit a plan, and return the run; its ``handle`` is the submission's.

    :raises ExternalError: the target refused; recorded as failed.
    :raises TransientError: whether the target has accepted it could not be found out; it is found out later.
    :raises InterruptError: Ctrl-C, or somebody cancelled the run meanwhile; it is cancelled.
    """
    plan = submission.plan
    try:
        run = ledger.append(Run(plan=plan), "submitting")
    except TransitionError as error:
        raise _interrupted(plan.run_id) from error

    def record(name: str, value: str) -> None:
        nonlocal run
        run = ledger.identify(run, {name: value})
        if run.state in _GIVEN_UP:
            raise _CancelledMeanwhileError

    try:
        handle = _submitted(client, submission, record, ledger)
        record(HANDLE, handle)
    except _CancelledMeanwhileError:
        raise _cancelled(client, ledger, run) from None
    except KeyboardInterrupt as error:
        raise _cancelled(client, ledger, run, error) from error
    except TransientError:
        raise  # the target decides, when it can be asked: see `reconcile`
    except Exception as error:
        ledger.record_state(run, "failed", {"reason": str(error)})
        raise
    run = ledger.record_state(run, "submitted")
    if run.state in _GIVEN_UP:
        raise _cancelled(client, ledger, run)
    return run


def _submitted(client: Client[Any], submission: Submission, record: Record, ledger: Ledger) -> str:
    """Send the request and return the handle; where the answer got lost, the one that the target finds.

    :raises TransientError: the target cannot be asked whether it has accepted the request.
    :raises ExternalError: the target refused, or does not know of the request.
    """
    request, secrets = submission.request, submission.secrets
    try:
        return client.submit(request, secrets, record, attached=submission.attached)
    except TransientError as error:
        handle = _found(client, submission.plan.run_id, Patience(ledger.clock))
        if handle is None:
            raise ExternalError(error.message, hint=error.hint) from error
        return handle


def _found(client: Client[Any], run_id: str, patience: Patience) -> str | None:
    """Look several times: a target may take a while to show what it has accepted."""
    for pause in _LOOKS:
        patience.clock.sleep(pause)
        handle = patience.ask(partial(client.find, run_id))
        if handle is not None:
            return handle
    return None


def _cancelled(
    client: Client[Any], ledger: Ledger, run: Run, error: KeyboardInterrupt | None = None
) -> InterruptError:
    """Cancel what may have been submitted, record it, and return the error to raise."""
    why = reason_of(error) if error else "cancelled"
    reason = {"reason": f"{why} while it was being submitted"}
    run, patience = ledger.record_state(run, "cancelling", reason), Patience(ledger.clock)
    handle = run.handle or patience.ask(partial(client.find, run.id))
    if handle:
        patience.ask(partial(client.cancel, handle))
    ledger.record_state(run, "cancelled", reason)
    if error:
        return interrupted(f"submit the run `{run.id}`", error)
    return _interrupted(run.id)


def _interrupted(run_id: str) -> InterruptError:
    return InterruptError(f"could not submit the run `{run_id}`: it was cancelled meanwhile")
