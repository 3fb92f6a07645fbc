"""Runs in words: what tables and JSON say of them."""

from typing import Any

import msgspec

from sparkferry.runs.listing import Unreadable
from sparkferry.runs.model import Outcome, Run

UNREADABLE = "unreadable"
"""Stands for the state of a run whose record cannot be read."""

HEADERS = ("run", "job", "branch", "state", "started", "seconds")


def row(run: Run) -> tuple[object, ...]:
    """Return the run as a row of a table with :data:`HEADERS`."""
    said = summary(run)
    return tuple(said[name] for name in HEADERS)


def summary(run: Run) -> dict[str, Any]:
    """Return what one sees of a run at a glance; times are UTC, to the second."""
    plan = run.plan
    seconds = run.seconds
    return {
        "run": run.id,
        "job": plan.job_name,
        "branch": plan.source.branch,
        "state": run.state,
        "reason": run.reason,
        "started": _second(plan.created),
        "seconds": None if seconds is None else round(seconds, 1),
        "target": plan.target_name,
        "tier": plan.tier,
        "user": plan.user,
        "commit": plan.source.commit,
        "image": plan.image.digest if plan.image else None,
        "records": f"{plan.store.rstrip('/')}/{plan.prefix}",
        "output": plan.output,
        "rerun_of": plan.rerun_of,
        "release": plan.release,
        **{f"id {name}": value for name, value in run.ids.items()},
    }


def unreadable_row(run: Unreadable) -> tuple[object, ...]:
    """Return a run whose record cannot be read as a row of a table with :data:`HEADERS`."""
    return (run.id, run.listed.job, run.listed.branch, UNREADABLE, None, None)


def unreadable_summary(run: Unreadable) -> dict[str, Any]:
    """Return what there is to say of a run whose record cannot be read."""
    return {
        "run": run.id,
        "job": run.listed.job,
        "branch": run.listed.branch,
        "state": UNREADABLE,
        "reason": run.reason,
    }


def details(run: Run, outcome: Outcome | None) -> dict[str, Any]:
    """Return everything of a run, as data; ``outcome`` where it has ended."""
    return {
        "run": run.id,
        "state": run.state,
        "reason": run.reason,
        "seconds": run.seconds,
        "ids": run.ids,
        "plan": msgspec.to_builtins(run.plan),
        "events": msgspec.to_builtins(run.events),
        "outcome": msgspec.to_builtins(outcome),
    }


def _second(at: str) -> str:
    return f"{at[:19]}Z"
