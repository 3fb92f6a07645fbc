"""Submissions neither double nor get lost, whatever happens to answers and clients.

Each seed is a schedule. A failure names its seed: ``SCHEDULE=<seed>`` runs that one alone.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from functools import partial

from sparkferry.errors import ExternalError, InterruptError
from sparkferry.runs.cancel import cancel
from sparkferry.runs.follow import follow
from sparkferry.runs.ledger import Ledger
from sparkferry.runs.listing import list_runs
from sparkferry.runs.model import Run
from sparkferry.runs.patience import Patience
from sparkferry.runs.reconcile import SUBMIT_LIMIT, reconcile
from sparkferry.runs.submit import submit
from support.fake_client import submission
from support.plans import make_plan
from support.unreliable import Killed, MemoryStore, UnreliableClient, World, WorldClock

SCHEDULES = 100_000
PLAN = make_plan("pi-1")


def test_of_many_schedules_none_loses_or_doubles_a_submission():
    chosen = os.environ.get("SCHEDULE")
    print(f"schedules 0 to {SCHEDULES}" if chosen is None else f"schedule {chosen}")
    with untraced():
        for seed in range(SCHEDULES) if chosen is None else [int(chosen)]:
            live(seed)


@contextmanager
def untraced() -> Iterator[None]:
    """Let coverage look away: it makes the schedules several times as slow, and other tests run the same."""
    tracer = sys.gettrace()
    sys.settrace(None)
    try:
        yield
    finally:
        sys.settrace(tracer)


def live(seed: int) -> None:
    world = World(seed)
    store, clock = MemoryStore(world), WorldClock(world)
    world.cancel = partial(cancel_as_another, world, Ledger(store, clock))
    with suppress(Killed, ExternalError, InterruptError):
        ledger = Ledger(store, clock)
        ledger.create(PLAN)
        run = submit(UnreliableClient(world), submission(PLAN), ledger)
        follow(UnreliableClient(world), ledger, run, Patience(clock))
    run = settled(world, store, clock)
    world.now += timedelta(hours=1)
    world.arrive()
    assert world.accepted <= 1, f"schedule {seed}: submitted {world.accepted} times"
    assert not world.jobs, f"schedule {seed}: a job runs on, and the run is {run and run.state}"
    state = run.state if run else None
    cancelled = {"cancelled"} if world.cancel is None else set()
    if world.accepted:
        expected = {world.ended["pi-1"], *cancelled}
    else:
        expected = {None, "planned", "failed", "lost", *cancelled}
    assert state in expected, f"schedule {seed}: {state}, not one of {expected}"


def cancel_as_another(world: World, ledger: Ledger) -> None:
    run = ledger.find("pi-1")
    if run:
        cancel(UnreliableClient(world), ledger, run, Patience(ledger.clock))


def settled(world: World, store: MemoryStore, clock: WorldClock) -> Run | None:
    """Let further clients look, some of them unlucky as well, until the run has ended."""
    for look in range(60):
        world.calm = look > 6
        try:
            ledger = Ledger(store, clock)
            runs = list_runs(ledger, refresh=partial(looked_at, world, ledger)).runs
            if world.calm and (not runs or runs[0].final or runs[0].state == "planned"):
                return runs[0] if runs else None
        except (Killed, ExternalError):
            pass
        world.now += SUBMIT_LIMIT / 2 if look > 6 else timedelta(seconds=3)
    raise AssertionError(f"schedule {world.seed}: never settled")


def looked_at(world: World, ledger: Ledger, run: Run) -> Run:
    return reconcile(UnreliableClient(world), ledger, run)
