"""What came out of a run, read from the files that were kept with it."""

from typing import Any

from sparkferry.runs.ledger import Ledger
from sparkferry.runs.model import JobError, Outcome, Run


def read_outcome(ledger: Ledger, run: Run) -> Outcome:
    """Return the outcome of a run that has ended.

    :raises WorldError: a kept file is damaged.
    """
    result = ledger.kept(run, "result.json") or {}
    audit = ledger.kept(run, "audit.json")
    return Outcome(
        run_id=run.id,
        state=run.state,
        exit_code=0 if run.state == "succeeded" else 1,
        result=result.get("result"),
        error=_error(run, result.get("error")),
        audit=audit,
        warnings=_warnings(audit),
    )


def _error(run: Run, said: dict[str, Any] | None) -> JobError | None:
    if run.state == "succeeded":
        return None
    if said:
        return JobError(type=said["type"], message=said["message"], traceback=said.get("traceback"))
    return JobError(type=run.state, message=run.reason or f"the run is {run.state}")


def _warnings(audit: dict[str, Any] | None) -> tuple[str, ...]:
    return tuple((audit or {}).get("warnings", ()))
