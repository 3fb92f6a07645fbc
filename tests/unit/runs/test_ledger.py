from contextlib import nullcontext
from typing import TYPE_CHECKING

import msgspec
import pytest

from sparkferry.errors import ExternalError, UserError
from sparkferry.runs.errors import TakenError, TransitionError, UnwrittenError
from sparkferry.runs.index import Filter
from sparkferry.runs.ledger import Ledger
from sparkferry.runs.listing import list_runs
from sparkferry.runs.model import Event, Run
from sparkferry.runs.records import encode
from sparkferry.snapshot.branch import slug
from sparkferry.targets.api import Output
from support.counting import CountingStore
from support.plans import make_plan

if TYPE_CHECKING:
    from sparkferry.runs.states import Kind


def ids(ledger: Ledger, limit: int | None = None, **wanted: str) -> list[str]:
    return [run.id for run in list_runs(ledger, msgspec.convert(wanted, Filter), limit).runs]


def test_a_plan_is_read_as_it_was_written(ledger: Ledger) -> None:
    plan = make_plan(argv=("a b", "\udcff\r\n", "ключ"), sets={"x": "=\udcfe"})
    ledger.create(plan)
    assert ledger.get(plan.run_id).plan == plan


def test_the_place_of_the_records(ledger: Ledger) -> None:
    run = ledger.create(make_plan("pi-1", branch="feat/x"))
    ledger.append("pi-1", "submitting")
    assert [entry.key for entry in ledger.store.list()] == [
        "ids/pi-1",
        f"index/79739898/879999-pi-1@job@flights@{slug('feat/x')}",
        f"{run.plan.prefix}/events/0001.json",
        f"{run.plan.prefix}/plan.json",
    ]
    assert ledger.store.get("ids/pi-1").decode() == run.plan.prefix


def test_a_taken_id_is_refused_on_any_branch(ledger: Ledger) -> None:
    ledger.create(make_plan("pi-1", branch="a"))
    with pytest.raises(TakenError, match="could not create the run `pi-1`: the id is taken"):
        ledger.create(make_plan("pi-1", branch="b"))
    assert ledger.get("pi-1").plan.source.branch == "a"


def test_an_id_that_is_not_valid_is_refused(ledger: Ledger) -> None:
    with pytest.raises(UserError, match="as a run id"):
        ledger.create(make_plan("Pi"))
    assert list(ledger.store.list()) == []


def test_events_are_numbered_and_timed(ledger: Ledger) -> None:
    ledger.create(make_plan("pi-1"))
    ledger.append("pi-1", "submitting")
    run = ledger.append("pi-1", "identified", {"name": "pid", "id": "1"})
    assert [(event.seq, event.kind) for event in run.events] == [
        (1, "submitting"),
        (2, "identified"),
    ]
    assert run.events[0].at < run.events[1].at
    assert run.events[0].at.endswith("+00:00")
    assert ledger.get("pi-1").events == run.events


def test_more_events_than_four_digits_hold_stay_in_order(ledger: Ledger) -> None:
    run = ledger.create(make_plan("pi-1"))
    kinds: dict[int, Kind] = {1: "submitting", 9999: "submitted", 10000: "running"}
    for seq, kind in kinds.items():
        put_alone(ledger, run, Event(seq=seq, kind=kind, at="2026-01-01T12:00:00+00:00"))
    assert [event.seq for event in ledger.append("pi-1", "lost").events] == [1, 9999, 10000, 10001]


def put_alone(ledger: Ledger, run: Run, event: Event) -> None:
    """Record an event as the first version of sparkferry did."""
    ledger.store.put(f"{run.plan.prefix}/events/{event.seq:04}.json", encode(event))


def test_events_of_both_versions_are_one_history(ledger: Ledger) -> None:
    run = ledger.create(make_plan("pi-1"))
    put_alone(ledger, run, Event(seq=1, kind="submitting", at="2026-01-01T12:00:00+00:00"))
    put_alone(ledger, run, Event(seq=2, kind="submitted", at="2026-01-01T12:00:01+00:00"))
    ledger.append(ledger.get("pi-1"), "running")
    put_alone(ledger, run, Event(seq=4, kind="failed", at="2026-01-01T12:00:03+00:00"))
    found = ledger.get("pi-1")
    assert [event.kind for event in found.events] == [
        "submitting",
        "submitted",
        "running",
        "failed",
    ]
    assert list_runs(ledger).runs == list_runs(ledger).runs == (found,)


def test_a_client_that_is_killed_before_it_told_the_end_in_the_index_is_made_up_for(ledger: Ledger):
    ledger.create(make_plan("pi-1"))
    ledger.record_state("pi-1", "failed")
    (end,) = [entry.key for entry in ledger.store.list("index/") if "@end@" in entry.key]
    ledger.store.delete(end)
    assert list_runs(ledger).runs[0].state == "failed"
    assert ledger.store.exists(end)


@pytest.mark.parametrize(
    ("before", "kind"),
    [
        ((), "running"),
        ((), "succeeded"),
        (("submitting", "submitted", "running"), "submitted"),
        (("submitting", "failed"), "submitted"),
        (("submitting", "submitted", "succeeded"), "lost"),
        (("submitting", "submitted", "cancelled"), "cancelled"),
    ],
)
def test_what_cannot_follow_is_refused(ledger: Ledger, before: tuple[str, ...], kind: str) -> None:
    ledger.create(make_plan("pi-1"))
    for state in before:
        ledger.append("pi-1", state)  # type: ignore[arg-type]
    count = len(list(ledger.store.list()))
    with pytest.raises(TransitionError, match=f"could not record the run `pi-1` as {kind}"):
        ledger.append("pi-1", kind)  # type: ignore[arg-type]
    assert len(list(ledger.store.list())) == count


def test_settling_is_content_with_what_others_have_recorded(ledger: Ledger) -> None:
    ledger.create(make_plan("pi-1"))
    assert ledger.record_state("pi-1", "cancelled").state == "cancelled"
    assert ledger.record_state("pi-1", "submitting").state == "cancelled"
    assert len(ledger.get("pi-1").events) == 1


def test_ids_are_recorded_once_and_when_they_change(ledger: Ledger) -> None:
    run = ledger.create(make_plan("pi-1"))
    run = ledger.identify(run, {"application": "app-1", "ui": "http://a"})
    run = ledger.identify(run, {"application": "app-1", "ui": "http://b"})
    assert run.ids == {"application": "app-1", "ui": "http://b"}
    assert len(run.events) == 3


def test_a_run_is_found_by_the_beginning_of_its_id(ledger: Ledger) -> None:
    for run_id in ("flights-1", "flights-10", "pi-20260101"):
        ledger.create(make_plan(run_id))
    assert ledger.get("pi").id == "pi-20260101"
    assert ledger.get("flights-1").id == "flights-1"
    with pytest.raises(UserError, match="2 runs begin so"):
        ledger.get("fli")
    for nothing in ("../x", "..", "a/b", "a\nb", "\udcff", ""):
        with pytest.raises(UserError, match="no run has this id"):
            ledger.get(nothing)


def test_a_reserved_id_without_plan_is_told(ledger: Ledger) -> None:
    ledger.reserve(make_plan("pi-1"))
    ledger.create(make_plan("pi-2"))
    with pytest.raises(UnwrittenError, match="its client ended before it wrote the plan"):
        ledger.get("pi-1")
    with pytest.raises(TakenError):
        ledger.create(make_plan("pi-1"))
    assert ids(ledger) == ["pi-2"]
    assert list_runs(ledger).unwritten == ("pi-1",)


def test_runs_are_listed_newest_first(ledger: Ledger) -> None:
    for run_id, created in {
        "zebra-1": "2026-01-01T12:00:00.1+00:00",
        "apple-1": "2026-03-01T12:00:00+00:00",
        "given": "2026-10-11T12:00:00+00:00",
        "melon-1": "2026-02-01T12:00:00.999999+00:00",
    }.items():
        ledger.create(make_plan(run_id, created=created))
    assert ids(ledger) == [
        "given",
        "apple-1",
        "melon-1",
        "zebra-1",
    ]
    assert ids(ledger, 2) == ["given", "apple-1"]


def test_runs_are_filtered(ledger: Ledger) -> None:
    ledger.create(make_plan("pi-a", job_name="pi"))
    ledger.create(make_plan("pi-b", job_name="pi", branch="feat/x"))
    ledger.create(make_plan("flights-a"))
    ledger.append("pi-a", "submitting")
    assert sorted(ids(ledger, job="pi")) == ["pi-a", "pi-b"]
    assert ids(ledger, branch="feat/x") == ["pi-b"]
    assert ids(ledger, state="submitting") == ["pi-a"]
    assert ids(ledger, job="pi", state="planned") == ["pi-b"]
    assert ids(ledger, 1, job="flights") == ["flights-a"]


def test_files_are_kept_with_the_run(ledger: Ledger, tmp_path) -> None:
    run = ledger.create(make_plan("pi-1"))
    (tmp_path / "result").write_bytes(b'{"result": 3}')
    path = tmp_path / "result"
    outputs = [Output(name="result.json", size=13, fetch=lambda: nullcontext(path))]
    ledger.keep_files(run, outputs)
    (tmp_path / "result").write_bytes(b"other")
    ledger.keep_files(run, outputs)
    assert ledger.read_saved(run, "result.json") == {"result": 3}
    assert ledger.read_saved(run, "audit.json") is None


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b'"x"', b"\xff"])
def test_a_damaged_record_is_named(ledger: Ledger, data: bytes) -> None:
    run = ledger.create(make_plan("pi-1"))
    ledger.store.put(f"{run.plan.prefix}/result.json", data)
    with pytest.raises(
        ExternalError, match=r"could not read the record `runs/main/pi-1/result.json`"
    ):
        ledger.read_saved(run, "result.json")


def test_a_plan_of_another_version_is_named(ledger: Ledger) -> None:
    ledger.store.put("ids/pi-1", b"runs/main/pi-1")
    ledger.store.put("runs/main/pi-1/plan.json", b'{"run_id": "pi-1"}')
    with pytest.raises(ExternalError, match="it lacks 'environment'") as caught:
        ledger.get("pi-1")
    assert "another version" in (caught.value.hint or "")


class Stubborn(CountingStore):
    """Refuses every event, and lists none."""

    def put(self, key: str, data: bytes) -> bool:
        return "/events/" not in key and super().put(key, data)


def test_a_store_that_refuses_and_lists_nothing_ends_the_attempt(ledger: Ledger) -> None:
    ledger = Ledger(Stubborn(ledger.store))
    ledger.create(make_plan("pi-1"))
    with pytest.raises(ExternalError, match="refuses the next event and lists none"):
        ledger.append("pi-1", "submitting")
