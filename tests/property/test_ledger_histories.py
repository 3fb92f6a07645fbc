"""Whatever several clients do at once: a run has one history, without gaps, and each step is allowed."""

import tempfile
import threading
from itertools import pairwise
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from sparkferry.runs.errors import TransitionError
from sparkferry.runs.ledger import Ledger
from sparkferry.runs.model import Run
from sparkferry.runs.states import FINAL, TRANSITIONS
from sparkferry.store.directory.store import DirectoryStore
from support.counting import CountingStore
from support.plans import make_plan

ID = "pi-1"
KINDS = [*TRANSITIONS, "identified"]
CLIENT = st.lists(st.sampled_from(KINDS), max_size=6)


class Scheduled(CountingStore):
    """Lets a client take its next step at the store only when the schedule says so."""

    def __init__(self, store: DirectoryStore, me: int, schedule: "Schedule") -> None:
        super().__init__(store)
        self._me = me
        self._schedule = schedule

    def put(self, key: str, data: bytes) -> bool:
        with self._schedule.turn(self._me):
            return super().put(key, data)


class Schedule:
    """An order of turns; who is not in it any more, or whose partner has ended, goes on at once."""

    def __init__(self, order: list[int]) -> None:
        self._order = list(order)
        self._changed = threading.Condition()
        self._ended: set[int] = set()

    def turn(self, me: int) -> threading.Condition:
        with self._changed:
            self._changed.wait_for(lambda: self._next() in (me, None), timeout=5)
            if self._order and self._order[0] == me:
                self._order.pop(0)
            self._changed.notify_all()
        return self._changed

    def end(self, me: int) -> None:
        with self._changed:
            self._ended.add(me)
            self._changed.notify_all()

    def _next(self) -> int | None:
        while self._order and self._order[0] in self._ended:
            self._order.pop(0)
        return self._order[0] if self._order else None


def append_all(ledger: Ledger, kinds: list[str], done: list[tuple[str, Run]]) -> None:
    for kind in kinds:
        try:
            run = ledger.append(ID, kind, {"name": "n", "id": kind})  # type: ignore[arg-type]
        except TransitionError:
            continue
        done.append((kind, run))


def check_history(run: Run) -> None:
    assert [event.seq for event in run.events] == list(range(1, len(run.events) + 1))
    states = ["planned", *(event.kind for event in run.events if event.kind != "identified")]
    for before, after in pairwise(states):
        assert after in TRANSITIONS[before]  # type: ignore[index]
    assert sum(state in FINAL for state in states) <= 1
    assert run.state == states[-1]


@settings(max_examples=60, deadline=None)
@given(CLIENT, CLIENT, st.lists(st.sampled_from([0, 1]), max_size=24))
def test_two_clients_write_one_history(one: list[str], two: list[str], order: list[int]) -> None:
    with tempfile.TemporaryDirectory() as root:
        store = DirectoryStore(Path(root))
        Ledger(store).create(make_plan(ID))
        schedule = Schedule(order)
        done: list[list[tuple[str, Run]]] = [[], []]

        def client(me: int, kinds: list[str]) -> None:
            try:
                append_all(Ledger(Scheduled(store, me, schedule)), kinds, done[me])
            finally:
                schedule.end(me)

        threads = [
            threading.Thread(target=client, args=(me, kinds)) for me, kinds in enumerate((one, two))
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        run = Ledger(store).get(ID)
        check_history(run)
        assert len(run.events) == len(done[0]) + len(done[1])
        for told in done:
            for kind, seen in told:
                assert seen.events[-1].kind == kind
                assert seen.events == run.events[: len(seen.events)]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(KINDS), max_size=12))
def test_one_client_gets_exactly_as_far_as_the_table_allows(kinds: list[str]) -> None:
    with tempfile.TemporaryDirectory() as root:
        ledger = Ledger(DirectoryStore(Path(root)))
        ledger.create(make_plan(ID))
        done: list[tuple[str, Run]] = []
        append_all(ledger, kinds, done)
        state, expected = "planned", []
        for kind in kinds:
            if kind == "identified" or kind in TRANSITIONS[state]:  # type: ignore[index]
                expected.append(kind)
                state = state if kind == "identified" else kind
        assert [kind for kind, _ in done] == expected
        check_history(ledger.get(ID))
