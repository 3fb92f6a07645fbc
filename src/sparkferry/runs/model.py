"""Runs as values: a plan, what happened to it, and what came out."""

from datetime import datetime
from functools import cached_property
from typing import Any

import msgspec

from sparkferry.runs.states import FINAL, Kind, State
from sparkferry.targets.plan import Plan

HANDLE = "handle"
"""Remote id under which a submission's handle is recorded."""


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened to a run; recorded once, never changed."""

    seq: int
    """From 1, without gaps."""
    kind: Kind
    at: str
    """UTC, ISO 8601."""
    data: dict[str, Any] = {}
    """``{"name": …, "id": …}`` of a remote id; ``{"reason": …}`` of a final state, where there is one."""


class Run(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """One submission of one job: its plan, and the events up to now in order."""

    plan: Plan
    events: tuple[Event, ...] = ()

    @property
    def id(self) -> str:
        """The run's id."""
        return self.plan.run_id

    @cached_property
    def state(self) -> State:
        """The state after the last event; ``planned`` where nothing has happened."""
        kind = self._last.kind if self._last else "planned"
        return "planned" if kind == "identified" else kind

    @property
    def final(self) -> bool:
        """Whether nothing more can happen to it."""
        return self.state in FINAL

    @cached_property
    def ids(self) -> dict[str, str]:
        """The newest remote id by name."""
        found = (event.data for event in self.events if event.kind == "identified")
        return {data["name"]: data["id"] for data in found}

    @property
    def handle(self) -> str | None:
        """What the target knows the submission by; None until it exists."""
        return self.ids.get(HANDLE)

    @property
    def reason(self) -> str | None:
        """Why the run ended as it did, where that is known."""
        return self._last.data.get("reason") if self._last else None

    def at(self, kind: State) -> str | None:
        """Return when the run came to the state ``kind``, or None if it did not."""
        if kind == "planned":
            return self.plan.created
        return next((event.at for event in self.events if event.kind == kind), None)

    @cached_property
    def _last(self) -> Event | None:
        """The event that brought the run to its state."""
        changes = (event for event in reversed(self.events) if event.kind != "identified")
        return next(changes, None)

    @property
    def seconds(self) -> float | None:
        """Seconds from plan to end; None while it has not ended."""
        if not (self._last and self.final):
            return None
        begin, end = (datetime.fromisoformat(at) for at in (self.plan.created, self._last.at))
        return (end - begin).total_seconds()


class JobError(msgspec.Struct, frozen=True, kw_only=True):
    """How the job failed."""

    type: str
    """The exception's class, or the run's state where it is not known."""
    message: str
    traceback: str | None = None
    cause: str | None = None
    """What it means, where it is a known failure of Spark."""
    fix: str | None = None
    """What to do about it, where it is a known failure of Spark."""


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What came out of a run that has ended."""

    run_id: str
    state: State
    exit_code: int
    """0 if it succeeded, else 1."""
    result: Any = None
    """What the job returned, as JSON data."""
    counters: dict[str, int | float] = {}
    """What the job counted, by name."""
    error: JobError | None = None
    audit: dict[str, Any] | None = None
    """The import audit: see ``sparkferry.runtime.audit``."""
    left: dict[str, int] = {}
    """Files that the job wrote where nothing lasts and that were kept, in bytes, by their name below
    ``files`` of the run's records: ``work/…``, ``home/…``, ``code/…``, ``executors/…``."""
    warnings: tuple[str, ...] = ()
