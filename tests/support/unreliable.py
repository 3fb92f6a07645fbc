"""A target whose answers get lost, come late or twice, and clients that are killed between any two steps.

Everything is decided by one random generator, so that a seed is a schedule.
"""

import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import BinaryIO

from sparkferry.clock import Clock
from sparkferry.errors import ExternalError, TransientError
from sparkferry.store.api import Entry
from sparkferry.targets.api import LogChunk, Output, Record, Status
from support.fake_client import FakeRequest

FINAL = ("succeeded", "failed")


class Killed(BaseException):
    """The client was killed."""


@dataclass
class World:
    """What goes on outside of clients: time, submissions, and bad luck."""

    seed: int
    now: datetime = datetime(2026, 1, 1, 12, tzinfo=UTC)
    jobs: dict[str, list[str]] = field(default_factory=dict)
    """States that are still to come of each accepted submission."""
    ended: dict[str, str] = field(default_factory=dict)
    accepted: int = 0
    arriving: list[tuple[datetime, str]] = field(default_factory=list)
    """Requests under way, and when they arrive."""

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)
        self.kills = self.random.choice((0.0, 0.02, 0.1))
        self.faults = self.random.choice((0.0, 0.1, 0.4))
        self.refuses = self.random.random() < 0.1
        self.calm = False
        self.cancel: Callable[[], object] | None = None
        """What another client does at some moment, if one cancels the run."""
        self.until_cancel = self.random.randrange(80) if self.random.random() < 0.4 else None

    def step(self) -> None:
        """A moment at which a client may be killed."""
        self._let_another_cancel()
        if not self.calm and self.random.random() < self.kills:
            raise Killed

    def _let_another_cancel(self) -> None:
        if self.until_cancel is None or self.cancel is None:
            return
        self.until_cancel -= 1
        if self.until_cancel <= 0:
            cancel, self.cancel = self.cancel, None
            with suppress(Killed, ExternalError):
                cancel()

    def fault(self) -> bool:
        return not self.calm and self.random.random() < self.faults

    def arrive(self) -> None:
        due = [item for item in self.arriving if item[0] <= self.now]
        self.arriving = [item for item in self.arriving if item[0] > self.now]
        for _, run_id in due:
            self.accept(run_id)

    def accept(self, run_id: str) -> None:
        """Take a submission; of one id there is one, since the id is ours to choose."""
        if run_id in self.jobs or run_id in self.ended:
            return
        self.accepted += 1
        looks = self.random.randrange(3)
        self.jobs[run_id] = ["starting", *["running"] * looks, self.random.choice(FINAL)]


class WorldClock(Clock):
    def __init__(self, world: World) -> None:
        self.world = world

    def now(self) -> datetime:
        return self.world.now

    def sleep(self, seconds: float) -> None:
        self.world.step()
        self.world.now += timedelta(seconds=seconds)


class UnreliableClient:
    poll_seconds = 1.0

    def __init__(self, world: World) -> None:
        self.world = world

    def _asked(self) -> None:
        self.world.step()
        self.world.arrive()
        if self.world.fault():
            raise TransientError("could not ask: the connection was reset")

    def submit(
        self, request: FakeRequest, secrets: Mapping[str, str], record: Record, *, attached: bool
    ) -> str:
        world, run_id = self.world, request.plan.run_id
        self._asked()
        if world.refuses:
            raise ExternalError("could not submit: no quota")
        late = timedelta(seconds=world.random.choice((0, 0, 0, 5, 25)) if not world.calm else 0)
        for _ in range(world.random.choice((1, 1, 2))):
            world.arriving.append((world.now + late, run_id))
        world.arrive()
        world.step()
        if late or world.fault():
            raise TransientError("could not read the answer: timed out")
        return f"far:{run_id}"

    def find(self, run_id: str) -> str | None:
        self._asked()
        known = run_id in self.world.jobs or run_id in self.world.ended
        return f"far:{run_id}" if known else None

    def wait(self, handle: str, clock: Clock) -> None:
        clock.sleep(self.poll_seconds)

    def status(self, handle: str) -> Status:
        self._asked()
        run_id = handle.removeprefix("far:")
        if run_id in self.world.ended:
            return Status(state=self.world.ended[run_id])
        states = self.world.jobs.get(run_id)
        if states is None:
            return Status(state="lost")
        state = states.pop(0)
        if not states:
            del self.world.jobs[run_id]
            self.world.ended[run_id] = state
        return Status(state=state, ids={"application": "app-1"} if state == "running" else {})

    def read_log(self, handle: str, name: str, cursor: str | None) -> LogChunk:
        return LogChunk(b"", "0")

    def outputs(self, handle: str) -> Iterator[Output]:
        self._asked()
        return iter(())

    def cancel(self, handle: str) -> None:
        self._asked()
        if self.world.jobs.pop(handle.removeprefix("far:"), None):
            self.world.ended[handle.removeprefix("far:")] = "cancelled"

    def cleanup(self, handle: str) -> None:
        self._asked()


class MemoryStore:
    """A store in memory whose clients may be killed before and after each request."""

    url = "/store"

    def __init__(self, world: World) -> None:
        self.world = world
        self.objects: dict[str, bytes] = {}

    def uri(self, key: str) -> str:
        return f"file:///store/{key}"

    def put(self, key: str, data: bytes) -> bool:
        self.world.step()
        new = key not in self.objects
        self.objects.setdefault(key, data)
        self.world.step()
        return new

    def get(self, key: str) -> bytes:
        self.world.step()
        try:
            return self.objects[key]
        except KeyError:
            from sparkferry.store.errors import NotFoundError

            raise NotFoundError(key) from None

    def open(self, key: str) -> BinaryIO:
        return BytesIO(self.get(key))

    def list(self, prefix: str = "") -> Iterator[Entry]:
        self.world.step()
        found = sorted(key for key in self.objects if key.startswith(prefix))
        return iter([Entry(key, len(self.objects[key]), 0.0) for key in found])

    def exists(self, key: str) -> bool:
        return key in self.objects

    def delete(self, key: str) -> None:
        self.objects.pop(key, None)
