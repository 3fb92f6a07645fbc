"""What the files of a run say of its state."""

from typing import Any

from sparkferry.targets.api import Status
from sparkferry.targets.supervise.directory import RunDirectory
from sparkferry.targets.supervise.session import Exit, exit_of, is_alive

UNKNOWN = Status(state="lost", reason="nothing is known of it on this machine")
KILLED = Status(state="lost", reason="its supervisor was killed")
CLIENT_GONE = "the command that ran it was ended, and it was not started with --detach"


def status_of(run: RunDirectory) -> Status:
    """Return the state of a run, without stages."""
    if not run.path.is_dir():
        return UNKNOWN
    exited = exit_of(run.path)
    if exited is None and not is_alive(run.path):
        # It may have ended between the two looks.
        exited = exit_of(run.path)
        if exited is None:
            return KILLED
    return _final(run, exited) if exited else _alive(run)


def _alive(run: RunDirectory) -> Status:
    return Status(state="running" if run.started else "starting", ids=_ids(run))


def _ids(run: RunDirectory) -> dict[str, str]:
    started = run.started
    known = {"application": started.application_id, "ui": started.ui} if started else {}
    return {name: value for name, value in known.items() if value}


def _final(run: RunDirectory, exited: Exit) -> Status:
    result = run.result() or {}
    state = result.get("state")
    if state == "succeeded" and exited.code == 0:
        return Status(state="succeeded", ids=_ids(run))
    if exited.cause == "lost":
        return Status(state="lost", reason=CLIENT_GONE, ids=_ids(run))
    abort_reason = run.abort_reason
    if abort_reason:
        return Status(state="failed", reason=abort_reason, ids=_ids(run))
    if exited.cause == "cancelled" or state == "cancelled":
        return Status(state="cancelled", ids=_ids(run))
    return Status(state="failed", reason=_reason(result, exited), ids=_ids(run))


def _reason(result: dict[str, Any], exited: Exit) -> str:
    error = result.get("error")
    if error:
        return f"{error['type']}: {error['message']}"
    if exited.code is not None and exited.code < 0:
        return f"the driver was killed by signal {-exited.code}"
    return f"the driver ended with exit code {exited.code}, and without a result"
