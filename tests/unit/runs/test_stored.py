"""Records of plans, whatever version of sparkferry wrote them."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from sparkferry.carriers.api import layer_key
from sparkferry.errors import ExternalError
from sparkferry.project.kinds.local import LocalTarget
from sparkferry.runs.errors import UnreadableError
from sparkferry.runs.gc import layers_in_use, referred, unused_images
from sparkferry.runs.ledger import Ledger
from sparkferry.runs.listing import list_runs, listed_runs
from sparkferry.runs.model import Event
from sparkferry.runs.records import encode
from sparkferry.runs.stored import VERSION, StoredPlan, decode_plan, encode_plan
from sparkferry.store.api import Entry
from sparkferry.targets.plan import Plan
from support.counting import CountingStore
from support.plans import make_layers, make_plan, make_run_image

OLD = Path(__file__).parents[2] / "golden/records/plan_v1.json"


def changed(**changes: object) -> bytes:
    tree = json.loads(encode_plan(make_plan("pi-1", layers=make_layers())))
    return json.dumps({**tree, **changes}).encode()


def test_a_plan_is_what_was_written():
    plan = make_plan(layers=make_layers(), argv=("\udcff",))
    assert decode_plan(encode_plan(plan), "k") == plan
    assert json.loads(encode_plan(plan))["version"] == VERSION


def test_the_record_has_a_place_for_everything_of_a_plan():
    assert {*StoredPlan.__struct_fields__} == {"version", *Plan.__struct_fields__}


def test_a_plan_of_the_first_version_is_read():
    plan = decode_plan(OLD.read_bytes(), "k")
    assert (plan.job_name, plan.spark, plan.facts.deploy_mode) == ("add", "4.0.5", "client")
    assert plan.target == LocalTarget(workers=0)
    assert plan.facts.here


def test_runs_of_the_first_version_are_listed_and_added_to_the_index(ledger: Ledger):
    plan = decode_plan(OLD.read_bytes(), "k")
    ledger.store.put(f"ids/{plan.run_id}", plan.prefix.encode())
    ledger.store.put(f"{plan.prefix}/plan.json", OLD.read_bytes())
    for seq, kind in enumerate(("submitting", "running", "succeeded"), 1):
        event = Event(seq=seq, kind=kind, at=f"2026-11-20T09:0{seq}:00+00:00")
        ledger.store.put(f"{plan.prefix}/events/000{seq}.json", encode(event))
    ledger.create(make_plan("pi-2", created="2020-01-01T12:00:00+00:00"))
    for _ in range(2):
        runs = list_runs(ledger).runs
        assert [(run.id, run.state) for run in runs] == [
            (plan.run_id, "succeeded"),
            ("pi-2", "planned"),
        ]
        assert runs[0] == ledger.get(plan.run_id)
    assert [listed.state for listed in listed_runs(ledger)] == ["succeeded", None]


def test_who_may_only_read_gets_the_same_list(newer: Ledger):
    page = list_runs(Ledger(ReadOnly(newer.store)))
    assert [entry.key for entry in newer.store.list("index/0-built")] == []
    assert page == list_runs(newer)
    assert [run.id for run in page.unreadable] == ["pi-1"]


class ReadOnly(CountingStore):
    """A store that its reader may not write to."""

    def put(self, key: str, data: bytes) -> bool:
        raise ExternalError(f"could not write `{key}`: permission denied")


def test_keys_that_are_not_known_are_passed_over():
    target = {"kind": "local", "workers": 3, "color": "red", "image": {"kind": "spark", "x": 1}}
    job = {"entry": "a.b:c", "retries": 9}
    plan = decode_plan(changed(target=target, job=job, mood="good"), "k")
    assert plan.target.workers == 3
    assert plan.target.image.kind == "spark"
    assert plan.job.entry == "a.b:c"


@pytest.mark.parametrize(
    "data",
    [
        changed(version=VERSION + 1),
        changed(version="new"),
        changed(target={"kind": "moon"}),
        changed(facts=3),
        b"[]",
        b"{",
        b"\xff",
    ],
)
def test_what_cannot_be_read_is_an_error_of_its_own(data):
    with pytest.raises(UnreadableError, match="could not read the record `k`") as caught:
        decode_plan(data, "k")
    assert caught.value.hint


@pytest.fixture
def newer(ledger: Ledger) -> Ledger:
    """A ledger with a run of this version and one of a newer."""
    ledger.create(make_plan("pi-2"))
    ledger.store.put("ids/pi-1", b"runs/main/pi-1")
    ledger.store.put("runs/main/pi-1/plan.json", changed(version=VERSION + 1))
    return ledger


def test_a_run_of_a_newer_version_does_not_hide_the_others(newer: Ledger):
    assert [run.id for run in list_runs(newer).runs] == ["pi-2"]
    (broken,) = list_runs(newer).unreadable
    assert broken.id == "pi-1"
    assert f"version {VERSION + 1}" in broken.reason
    with pytest.raises(UnreadableError):
        newer.get("pi-1")


def test_garbage_collection_keeps_what_a_newer_version_refers_to(newer: Ledger):
    kept = referred(newer)
    assert {layer_key(layer.kind, layer.digest) for layer in make_layers()} <= kept
    assert {"ids/pi-1", "ids/pi-2"} <= kept


def test_garbage_collection_stops_where_it_cannot_know(newer: Ledger):
    newer.store.put("ids/pi-3", b"runs/main/pi-3")
    newer.store.put("runs/main/pi-3/plan.json", b"{")
    with pytest.raises(ExternalError, match="which layers the run `pi-3` refers to"):
        referred(newer)


def test_the_cache_keeps_what_a_newer_version_refers_to(newer: Ledger):
    assert {layer.digest for layer in make_layers()} <= layers_in_use(newer)


def test_images_stay_where_a_run_cannot_be_read(newer: Ledger):
    image = make_run_image(name="localhost/old")
    newer.create(make_plan("pi-4", image=image, created="2020-01-01T00:00:00+00:00"))
    newer.record_state("pi-4", "cancelled")
    assert unused_images([newer], timedelta(days=1)) == frozenset()
    for entry in [*newer.store.list("ids/pi-1"), *newer.store.list("index/")]:
        if "pi-1" in entry.key:
            newer.store.delete(entry.key)
    assert unused_images([newer], timedelta(days=1)) == {"localhost/old"}


@pytest.mark.parametrize("data", [b"\xff\xfe", b"", b"runs/\0", b"../x"])
def test_a_damaged_reservation_hides_no_others(newer: Ledger, data):
    newer.store.put("ids/pi-9", data)
    assert [run.id for run in list_runs(newer).runs] == ["pi-2"]
    assert list_runs(newer).unwritten == ()
    with pytest.raises(UnreadableError, match="`ids/pi-9`: it is damaged"):
        newer.get("pi-9")
    with pytest.raises(UnreadableError, match="`ids/pi-9`: it is damaged"):
        referred(newer)


class GivenBack(CountingStore):
    """A store whose listing is of a moment before an id was given back."""

    def list(self, prefix: str = ""):
        return [*super().list(prefix), *([Entry("ids/gone-1", 1, 0.0)] if prefix == "ids/" else [])]


def test_an_id_that_is_given_back_meanwhile_is_passed_over(newer: Ledger):
    late = Ledger(GivenBack(newer.store))
    page = list_runs(late)
    assert [run.id for run in page.runs] == ["pi-2"]
    assert [run.id for run in page.unreadable] == ["pi-1"]
    assert page.unwritten == ()
