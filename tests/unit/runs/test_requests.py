"""What the ledger asks of a store of 100,000 runs: each request takes 50 ms in an object store."""

from bisect import bisect_left, insort
from collections.abc import Iterator

import pytest

from sparkferry.base.cache import Cache
from sparkferry.runs.index import BUILT, Filter, end_key, job_key, place_of
from sparkferry.runs.ledger import Ledger
from sparkferry.runs.listing import list_runs
from sparkferry.runs.model import HANDLE, Run
from sparkferry.runs.outcome import read_outcome
from sparkferry.store.api import Entry
from sparkferry.store.errors import not_found
from support.clocks import FakeClock
from support.plans import make_plan

RUNS = 100_000
PAGE = 1000
"""Keys that one LIST request of S3, GCS or Azure returns at most."""


class ObjectStore:
    """Objects in memory; counts requests as object stores do."""

    url = "memory:"

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.keys: list[str] = []
        self.requests = 0

    def fill(self, keys: list[str]) -> None:
        """Create empty objects, unasked."""
        self.objects.update(dict.fromkeys(keys, b""))
        self.keys = sorted(self.objects)

    def put(self, key: str, data: bytes) -> bool:
        self.requests += 1
        if key in self.objects:
            return False
        self.objects[key] = data
        insort(self.keys, key)
        return True

    def get(self, key: str) -> bytes:
        self.requests += 1
        if key not in self.objects:
            raise not_found(key, self.url)
        return self.objects[key]

    def list(self, prefix: str = "") -> Iterator[Entry]:
        begin = bisect_left(self.keys, prefix)
        self.requests += 1
        for number in range(begin, len(self.keys)):
            key = self.keys[number]
            if not key.startswith(prefix):
                return
            self.requests += number > begin and (number - begin) % PAGE == 0
            yield Entry(key, len(self.objects[key]), 0.0)


def ids_of(number: int) -> tuple[str, str]:
    """Return an id and its moment: ten runs a minute."""
    minute, tenth = divmod(number, 10)
    hour, minute = divmod(minute, 60)
    day, hour = divmod(hour, 24)
    return f"old-{number}", f"2025-01-{day + 1:02}T{hour:02}:{minute:02}:{tenth:02}"


@pytest.fixture(scope="module")
def filled() -> ObjectStore:
    """Many ended runs of last year, of which nothing but keys is there."""
    store, keys = ObjectStore(), [BUILT]
    for number in range(RUNS):
        run_id, created = ids_of(number)
        state = "failed" if number % 10_000 == 0 else "succeeded"
        keys.append(f"ids/{run_id}")
        keys.append(job_key(f"runs/main/{run_id}", created, "nightly"))
        keys.append(end_key(place_of(run_id, created), state, 5))
    store.fill(keys)
    return store


@pytest.fixture
def ledger(filled: ObjectStore, tmp_path) -> Ledger:
    """A year later, with runs whose records are there: eighteen have ended, two have not."""
    store = ObjectStore()
    store.fill(filled.keys)
    ledger = Ledger(store, FakeClock(), Cache(tmp_path / "cache"))
    for number in range(20):
        run = submitted(ledger, f"pi-{number}")
        if number not in {3, 7}:
            ledger.append(run, "succeeded")
            store.put(f"{run.plan.prefix}/result.json", b'{"result": 3}')
    store.requests = 0
    return ledger


def submitted(ledger: Ledger, run_id: str) -> Run:
    run = ledger.append(ledger.create(make_plan(run_id, job_name="pi")), "submitting")
    run = ledger.identify(run, {"process": "1", HANDLE: f"local:{run_id}"})
    return ledger.append(run, "submitted")


def test_the_newest_page(ledger: Ledger):
    assert len(list_runs(ledger, limit=20).runs) == 20
    assert ledger.store.requests == 25
    ledger.store.requests = 0
    assert len(list_runs(ledger, limit=20).runs) == 20
    assert ledger.store.requests == 1 + 2 * 3


def test_a_page_of_what_is_rare(ledger: Ledger):
    found = list_runs(ledger, Filter(job="pi", state="succeeded"), limit=18)
    assert len(found.runs) == 18
    assert ledger.store.requests <= 1 + 18 + 2 * 3
    ledger.store.requests = 0
    assert list_runs(ledger, Filter(branch="feat/x")).runs == ()
    assert ledger.store.requests <= 2 * RUNS / PAGE + 2


@pytest.mark.parametrize(("run_id", "requests"), [("pi-1", 6), ("pi-3", 4)])
def test_the_status_of_a_run(ledger: Ledger, run_id: str, requests: int):
    run = ledger.get(run_id)
    if run.final:
        assert read_outcome(ledger, run).result == 3
    assert ledger.store.requests == requests


def test_the_records_of_a_submission(ledger: Ledger):
    run = submitted(ledger, "pi-new")
    assert ledger.store.requests == 7
    ledger.append(ledger.append(run, "running"), "succeeded")
    assert ledger.store.requests == 10
