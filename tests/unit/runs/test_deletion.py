"""Garbage collection beside a client that submits, at every moment of either."""

import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from sparkferry.errors import ExternalError
from sparkferry.runs import deletion
from sparkferry.runs.deletion import ANNOUNCED, STALE, check_layers, wait_for_deletions
from sparkferry.runs.gc import collect_garbage
from sparkferry.runs.ledger import Ledger
from sparkferry.runs.records import encode
from sparkferry.store.directory.store import DirectoryStore
from support.clocks import FakeClock
from support.plans import make_layers, make_plan

LAYERS = make_layers("f" * 64)
PLAN = make_plan("pi-1", layers=LAYERS)
NOW = timedelta(days=-1000)
"""Age of what has just been written, by any clock."""


class PausedStore(DirectoryStore):
    """Calls ``pause`` before the operation of that number."""

    def __init__(self, root: Path, number: int, pause: Callable[[], object]) -> None:
        super().__init__(root)
        self._left, self._pause = number, pause

    def _tick(self) -> None:
        self._left -= 1
        if self._left == -1:
            self._pause()

    def put(self, key, data):
        self._tick()
        return super().put(key, data)

    def get(self, key):
        self._tick()
        return super().get(key)

    def list(self, prefix=""):
        self._tick()
        return super().list(prefix)

    def delete(self, key):
        self._tick()
        super().delete(key)


def submitted(ledger: Ledger) -> None:
    """Do what a client does from the reservation to the plan."""
    ledger.reserve(PLAN)
    wait_for_deletions(ledger, PLAN, _Silent())
    for layer in LAYERS:
        ledger.store.put(layer.key, b"layer")
    ledger.write(PLAN)


class _Silent:
    def message(self, text: str) -> None:
        assert "gc" in text


class Waking(FakeClock):
    """Lets somebody else go on in each sleep."""

    def __init__(self, wake: Callable[[], object]) -> None:
        super().__init__()
        self._wake = wake

    def sleep(self, seconds: float) -> None:
        self._wake()
        super().sleep(seconds)


@pytest.mark.parametrize("number", range(16))
def test_a_client_that_submits_at_any_moment_of_a_collection(number: int, tmp_path: Path) -> None:
    for layer in LAYERS:
        DirectoryStore(tmp_path).put(layer.key, b"layer")
    reached, resume = threading.Event(), threading.Event()

    def pause() -> None:
        reached.set()
        assert resume.wait(30)

    def collect() -> None:
        collect_garbage(Ledger(PausedStore(tmp_path, number, pause), FakeClock()), NOW)
        reached.set()

    other = threading.Thread(target=collect)

    def wake() -> None:
        resume.set()
        other.join(30)

    other.start()
    assert reached.wait(30)
    ledger = Ledger(DirectoryStore(tmp_path), Waking(wake))
    submitted(ledger)
    wake()
    check_layers(ledger, PLAN)
    assert list(ledger.store.list(ANNOUNCED)) == []


@pytest.mark.parametrize("number", range(8))
def test_a_collection_at_any_moment_of_a_client_that_submits(number: int, tmp_path: Path) -> None:
    for layer in LAYERS:
        DirectoryStore(tmp_path).put(layer.key, b"layer")

    def collect() -> None:
        collect_garbage(Ledger(DirectoryStore(tmp_path), FakeClock()), NOW)

    submitted(Ledger(PausedStore(tmp_path, number, collect), FakeClock()))
    check_layers(Ledger(DirectoryStore(tmp_path)), PLAN)


def test_an_announcement_of_a_client_that_was_killed(tmp_path: Path) -> None:
    clock, store = FakeClock(), DirectoryStore(tmp_path)
    store.put(f"{ANNOUNCED}x", encode([LAYERS[0].key]))
    ledger = Ledger(store, clock)
    ledger.reserve(PLAN)
    begun = clock.now()
    wait_for_deletions(ledger, PLAN, _Silent())
    assert STALE - 2 < (clock.now() - begun).total_seconds() < STALE + 5


def test_who_is_too_slow_stops(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deletion, "DELETING", -1.0)
    store = DirectoryStore(tmp_path)
    store.put(LAYERS[0].key, b"layer")
    with pytest.raises(ExternalError, match="the store was too slow"):
        collect_garbage(Ledger(store, FakeClock()), NOW)
    assert store.exists(LAYERS[0].key)
    assert list(store.list(ANNOUNCED)) == []


def test_a_layer_that_is_gone(tmp_path: Path) -> None:
    ledger = Ledger(DirectoryStore(tmp_path))
    for layer in LAYERS[:2]:
        ledger.store.put(layer.key, b"x")
    with pytest.raises(ExternalError, match="its code layer ffffffffffff is not in the store"):
        check_layers(ledger, PLAN)
