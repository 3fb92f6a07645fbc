"""A client whose submissions live by a script: a state machine that moves with every look at it.

It keeps the contract of clients (``contract/client_contract.py``), files and all, and is what runs are
tested with.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from sparkferry.clock import Clock
from sparkferry.errors import ExternalError
from sparkferry.runs.submit import Submission as Sent
from sparkferry.targets.api import LogChunk, Output, Record, RemoteState, Stage, Status
from sparkferry.targets.plan import Plan

FINAL = ("succeeded", "failed", "cancelled", "lost")
ENDS = {
    "succeeded": {
        "state": "succeeded",
        "result": {"rows": 3},
        "counters": {"bad": 1},
        "seconds": 1.5,
        "error": None,
        "warnings": ["`numpy` was imported from outside of the layers"],
    },
    "failed": {
        "state": "failed",
        "result": None,
        "counters": {},
        "seconds": 1.5,
        "error": {"type": "ValueError", "message": "no rows", "traceback": "Traceback …"},
        "warnings": [],
    },
}


@dataclass
class Submission:
    """One submission: what it will go through, and what it has left."""

    plan: Plan
    directory: Path
    script: list[RemoteState]
    state: RemoteState = "starting"
    looks: int = 0
    logs: dict[str, bytes] = field(default_factory=dict)

    def advance(self) -> None:
        if self.state in FINAL:
            return
        self.looks += 1
        self.logs["logs/driver.log"] = self.logs.get("logs/driver.log", b"") + (
            b"driver %d\n" % self.looks
        )
        if self.script:
            self.enter(self.script.pop(0))

    def enter(self, state: RemoteState) -> None:
        self.state = state
        if state == "running":
            self.logs.setdefault("logs/executors/0/stderr", b"executor\n")

    def write(self) -> dict[str, Path]:
        left = dict(self.logs)
        if self.state in ENDS:
            left["result.json"] = json.dumps(ENDS[self.state]).encode()
            left["audit.json"] = b'{"driver": [], "executors": {}, "outside": [], "problem": null}'
        paths = {name: self.directory / name for name in left}
        for name, path in paths.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(left[name])
        return paths


class FakeRequest(msgspec.Struct, frozen=True):
    """The plan itself."""

    plan: Plan
    media_type: str = "application/json"

    @property
    def text(self) -> str:
        return f"# {self.plan.run_id}\n"

    def data(self) -> dict[str, str]:
        return {"run": self.plan.run_id}


def submission(plan: Plan, **changes: Any) -> Sent:
    """Return what is submitted for a plan."""
    return Sent(plan=plan, request=FakeRequest(plan), **changes)


class FakeClient:
    """``script`` is what each submission goes through after ``starting``, a state a look."""

    poll_seconds = 1.0

    def __init__(self, directory: Path, script: tuple[RemoteState, ...]) -> None:
        self.directory = directory
        self.script = script
        self.submissions: dict[str, Submission] = {}
        self.cleaned: list[str] = []
        self.attached: dict[str, bool] = {}
        self.refusal: str | None = None
        self.hooks: dict[str, Callable[[], object]] = {}
        """What happens at the beginning of a method, by its name; once."""
        self.deaf = False
        """Whether it does not stop what is cancelled."""

    def submit(
        self, request: FakeRequest, secrets: Mapping[str, str], record: Record, *, attached: bool
    ) -> str:
        self.secrets = dict(secrets)
        self._hook("submit")
        plan = request.plan
        if self.refusal:
            raise ExternalError(f"could not submit the run `{plan.run_id}`: {self.refusal}")
        handle = f"fake:{plan.run_id}"
        record("process", "42")
        self.attached[handle] = attached
        self.submissions[handle] = Submission(plan, self.directory / plan.run_id, list(self.script))
        self._hook("submitted")
        return handle

    def find(self, run_id: str) -> str | None:
        handle = f"fake:{run_id}"
        return handle if handle in self.submissions else None

    def wait(self, handle: str, clock: Clock) -> None:
        clock.sleep(self.poll_seconds)

    def status(self, handle: str) -> Status:
        self._hook("status")
        found = self.submissions.get(handle)
        if found is None:
            return Status(state="lost", reason="nothing is known of it")
        found.advance()
        return Status(
            state=found.state,
            reason="the job failed" if found.state == "failed" else None,
            ids={"application": "app-1"} if found.state == "running" else {},
            stages=(Stage(id=0, name="count", done=found.looks, total=9),),
        )

    def read_log(self, handle: str, name: str, cursor: str | None) -> LogChunk:
        found, offset = self.submissions.get(handle), int(cursor or 0)
        rest = found.logs.get(name, b"")[offset:] if found else b""
        return LogChunk(rest, str(offset + len(rest)))

    def cancel(self, handle: str) -> None:
        found = self.submissions.get(handle)
        if found and found.state not in FINAL and not self.deaf:
            found.enter("cancelled")

    def outputs(self, handle: str) -> Iterator[Output]:
        self._hook("outputs")
        found = self.submissions.get(handle)
        for name, path in (found.write() if found else {}).items():
            yield Output(name=name, size=path.stat().st_size, fetch=partial(nullcontext, path))

    def cleanup(self, handle: str) -> None:
        found = self.submissions.pop(handle, None)
        if found:
            self.cleaned.append(handle)

    def _hook(self, name: str) -> None:
        self.hooks.pop(name, lambda: None)()
