import itertools

import pytest

from sparkferry.runs.model import Event, Run
from sparkferry.runs.states import FINAL, TRANSITIONS
from support.plans import make_plan

PLANNED = "2026-01-01T12:00:00.000000+00:00"
LATER = "2026-01-01T12:00:05.500000+00:00"


def run_of(*kinds: str, data: dict[str, str] | None = None) -> Run:
    events = [
        Event(seq=i, kind=kind, at=LATER, data=data or {})  # type: ignore[arg-type]
        for i, kind in enumerate(kinds, 1)
    ]
    return Run(plan=make_plan(), events=tuple(events))


def test_a_run_without_events_is_planned() -> None:
    run = run_of()
    assert (run.state, run.final, run.seconds, run.handle, run.reason) == (
        "planned", False, None, None, None,
    )  # fmt: skip
    assert run.at("planned") == PLANNED
    assert run.at("running") is None


def test_a_remote_id_is_no_state() -> None:
    run = run_of("submitting", "identified", data={"name": "handle", "id": "local:1"})
    assert run.state == "submitting"
    assert run.handle == "local:1"


def test_the_newest_remote_id_of_a_name_counts() -> None:
    events = [
        Event(seq=i, kind="identified", at=LATER, data={"name": "application", "id": f"app-{i}"})
        for i in (1, 2)
    ]
    assert Run(plan=make_plan(), events=tuple(events)).ids == {"application": "app-2"}


@pytest.mark.parametrize("state", sorted(FINAL))
def test_a_run_that_has_ended(state: str) -> None:
    run = run_of("submitting", state, data={"reason": "why"})
    assert run.final
    assert run.seconds == 5.5
    assert run.reason == "why"


def test_an_id_that_becomes_known_after_the_end_changes_nothing_of_it() -> None:
    end = Event(seq=1, kind="lost", at=LATER, data={"reason": "its client ended"})
    late = Event(seq=2, kind="identified", at=LATER, data={"name": "application", "id": "app-1"})
    run = Run(plan=make_plan(), events=(end, late))
    assert (run.state, run.reason, run.seconds) == ("lost", "its client ended", 5.5)


def test_every_state_leads_to_an_end_and_none_leads_on_from_there() -> None:
    for state, after in TRANSITIONS.items():
        assert state not in after
        assert not after if state in FINAL else after >= {"lost", "cancelled", "failed"}
    back = [(a, b) for a, b in itertools.combinations(TRANSITIONS, 2) if a in TRANSITIONS[b]]
    assert back == []
