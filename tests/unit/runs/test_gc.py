from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sparkferry.carriers.api import layer_key
from sparkferry.errors import ExternalError
from sparkferry.runs.gc import (
    collect_garbage,
    layers_in_use,
    referred,
    unreferred,
    unused_images,
)
from sparkferry.runs.index import BUILT
from sparkferry.runs.ledger import Ledger
from sparkferry.runs.listing import list_runs
from sparkferry.store.api import Entry
from sparkferry.store.directory.store import DirectoryStore
from support.clocks import FakeClock
from support.plans import make_layers, make_plan, make_run_image

DAY = timedelta(days=1)
NOW = datetime(2026, 1, 10, tzinfo=UTC)
USED = [layer.key for layer in make_layers()]
UNUSED = layer_key("code", "f" * 64)
UNWRITTEN = "index/79739898/879999-pi-2@job@flights@main"


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    """A ledger two days after one run, beside an unused layer and an id without plan."""
    ledger = Ledger(DirectoryStore(tmp_path / "store"), FakeClock())
    for key in (*USED, UNUSED):
        ledger.store.put(key, b"layer")
    ledger.create(make_plan("pi-1", layers=make_layers()))
    ledger.reserve(make_plan("pi-2"))
    ledger.clock.time = datetime.now(UTC) + 2 * DAY  # type: ignore[attr-defined]
    return ledger


def test_the_decision_is_pure() -> None:
    young, old = NOW.timestamp() - 3600, NOW.timestamp() - 90_000
    entries = [Entry("a", 1, old), Entry("b", 1, young), Entry("c", 1, old)]
    assert [entry.key for entry in unreferred(entries, {"c"}, NOW, DAY)] == ["a"]


def test_what_runs_refer_to(ledger: Ledger) -> None:
    assert referred(ledger) == {*USED, "ids/pi-1", BUILT, UNWRITTEN.replace("pi-2", "pi-1")}


def test_layers_are_in_use_until_the_run_has_ended(ledger: Ledger) -> None:
    assert layers_in_use(ledger) == {layer.digest for layer in make_layers()}
    ledger.record_state("pi-1", "failed")
    assert layers_in_use(ledger) == frozenset()


def test_images_are_unused_when_all_of_their_runs_have_ended_and_are_old(ledger: Ledger) -> None:
    image = make_run_image()
    ledger.create(make_plan("pi-3", image=image, created=ledger.clock.now().isoformat()))
    assert unused_images([ledger], timedelta(0)) == frozenset()
    ledger.record_state("pi-3", "failed")
    assert unused_images([ledger], DAY) == frozenset()
    ledger.clock.time += 2 * DAY  # type: ignore[attr-defined]
    assert unused_images([ledger], DAY) == {image.name}
    ledger.create(make_plan("pi-4", image=image, created=ledger.clock.now().isoformat()))
    assert unused_images([ledger], DAY) == frozenset()


def test_what_no_run_refers_to_goes(ledger: Ledger) -> None:
    freed = collect_garbage(ledger, DAY)
    assert {entry.key for entry in freed} == {UNUSED, "ids/pi-2", UNWRITTEN}
    assert {entry.key for entry in ledger.store.list("layers/")} == set(USED)
    assert [run.id for run in list_runs(ledger).runs] == ["pi-1"]
    assert collect_garbage(ledger, DAY) == ()


def test_a_dry_run_only_names_it(ledger: Ledger) -> None:
    freed = collect_garbage(ledger, DAY, dry_run=True)
    assert len(freed) == 3
    assert all(ledger.store.exists(entry.key) for entry in freed)


def test_what_is_young_stays(ledger: Ledger) -> None:
    assert collect_garbage(ledger, 3 * DAY) == ()


def test_layers_of_a_client_that_is_still_publishing_stay(ledger: Ledger) -> None:
    ledger.reserve(make_plan("pi-3", layers=make_layers("f" * 64)))
    assert UNUSED not in {entry.key for entry in collect_garbage(ledger, timedelta(0))}


def test_a_reservation_whose_client_is_still_publishing_stays(ledger: Ledger) -> None:
    freed = collect_garbage(Ledger(ledger.store), timedelta(0))
    assert {entry.key for entry in freed} == {UNUSED}


def test_a_record_that_cannot_be_read_stops_it(ledger: Ledger) -> None:
    ledger.store.put("runs/main/pi-2/plan.json", b"{}")
    with pytest.raises(ExternalError, match="could not read the record"):
        collect_garbage(ledger, DAY)
    assert ledger.store.exists(UNUSED)
