"""Lives of runs: submitted, followed, cancelled, reconciled, on a client that keeps the contract."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from sparkferry.errors import ExternalError, InterruptError
from sparkferry.runs.cancel import cancel
from sparkferry.runs.follow import follow
from sparkferry.runs.ledger import Ledger
from sparkferry.runs.model import JobError, Run
from sparkferry.runs.outcome import TAIL, read_outcome
from sparkferry.runs.patience import Patience
from sparkferry.runs.reconcile import SUBMIT_LIMIT, reconcile
from sparkferry.runs.submit import submit
from sparkferry.targets.api import RemoteState, Status
from support.clocks import FakeClock, interrupt
from support.fake_client import FakeClient, FakeRequest, submission
from support.plans import make_plan

ID = "flights-20260101-120000-aaaa"
NAMES = {"result.json", "audit.json", "logs/driver.log", "logs/executors/0/stderr"}


@pytest.fixture
def client(tmp_path: Path) -> FakeClient:
    return FakeClient(tmp_path / "target", ("starting", "running", "running", "succeeded"))


def submitted(client: FakeClient, ledger: Ledger) -> Run:
    plan = make_plan(ID)
    ledger.create(plan)
    return submit(client, submission(plan), ledger)


def kinds(ledger: Ledger) -> list[str]:
    return [event.data.get("name", event.kind) for event in ledger.get(ID).events]


def kept(ledger: Ledger) -> set[str]:
    prefix = f"{ledger.get(ID).plan.prefix}/"
    keys = {entry.key.removeprefix(prefix) for entry in ledger.store.list(prefix)}
    return {key for key in keys if key != "plan.json" and not key.startswith("events/")}


def calling(clock: FakeClock, sleep: int, what: Callable[[], object]) -> FakeClock:
    clock._events[sleep] = what
    return clock


def test_a_success(client: FakeClient, ledger: Ledger, clock: FakeClock) -> None:
    run = submitted(client, ledger)
    looks: list[Status] = []
    outcome = follow(client, ledger, run, Patience(clock), looks.append)
    assert (outcome.state, outcome.exit_code, outcome.result) == ("succeeded", 0, {"rows": 3})
    assert outcome.error is None
    assert outcome.warnings == ("`numpy` was imported from outside of the layers",)
    assert outcome.counters == {"bad": 1}
    assert outcome.audit is not None
    assert [look.state for look in looks] == ["starting", "running", "running", "succeeded"]
    assert kinds(ledger) == [
        "submitting", "process", "handle", "submitted", "application", "running", "succeeded",
    ]  # fmt: skip
    assert kept(ledger) == NAMES
    assert client.cleaned == [run.handle]
    assert clock.sleeps == 3


def test_a_failure(client: FakeClient, ledger: Ledger, clock: FakeClock) -> None:
    client.script = ("running", "failed")
    outcome = follow(client, ledger, submitted(client, ledger), Patience(clock))
    assert (outcome.state, outcome.exit_code, outcome.result) == ("failed", 1, None)
    assert outcome.error == JobError(type="ValueError", message="no rows", traceback="Traceback …")
    assert ledger.get(ID).reason == "the job failed"


@pytest.mark.parametrize("state", ["lost", "cancelled"])
def test_an_end_without_a_result(
    client: FakeClient, ledger: Ledger, clock: FakeClock, state: RemoteState
) -> None:
    client.script = ("running", state)
    outcome = follow(client, ledger, submitted(client, ledger), Patience(clock))
    assert outcome.exit_code == 1
    assert outcome.error == JobError(type=state, message=f"the run is {state}")
    assert kept(ledger) == {"logs/driver.log", "logs/executors/0/stderr"}


def test_a_known_failure_is_explained_from_the_log(
    client: FakeClient, ledger: Ledger, clock: FakeClock
) -> None:
    """A driver that died before it could say why has left its log."""
    client.script = ("running", "lost")
    run = submitted(client, ledger)
    said = b"java.net.BindException: Cannot assign requested address"
    log = bytes(TAIL) + said
    client.submissions[run.handle or ""].logs["logs/driver.log"] = log
    error = follow(client, ledger, run, Patience(clock)).error
    assert error is not None
    assert "Cannot assign requested address" in (error.cause or "")
    assert error.fix


def test_ctrl_c_cancels_an_attached_run(
    client: FakeClient, ledger: Ledger, clock: FakeClock
) -> None:
    run = submitted(client, ledger)
    with pytest.raises(InterruptError, match="interrupted, and cancelled") as caught:
        follow(client, ledger, run, Patience(calling(clock, 2, interrupt)))
    assert caught.value.exit_code == 130
    assert ledger.get(ID).state == "cancelled"
    assert "logs/driver.log" in kept(ledger)
    assert client.submissions == {}


def test_what_cannot_be_cancelled_is_not_recorded_as_cancelled(
    client: FakeClient, ledger: Ledger, clock: FakeClock
) -> None:
    client.script, client.deaf = ("running",), True
    run = submitted(client, ledger)
    with pytest.raises(ExternalError, match="still running after 60 s"):
        cancel(client, ledger, run, Patience(clock))
    assert not ledger.get(ID).final


def test_another_client_cancels(client: FakeClient, ledger: Ledger, clock: FakeClock) -> None:
    run = submitted(client, ledger)
    other = FakeClock()
    calling(clock, 2, lambda: cancel(client, ledger, ledger.get(ID), Patience(other)))
    outcome = follow(client, ledger, run, Patience(clock))
    assert (outcome.state, outcome.exit_code) == ("cancelled", 1)
    assert client.cleaned == [run.handle]


def test_cancelling_what_has_ended_changes_nothing(
    client: FakeClient, ledger: Ledger, clock: FakeClock
) -> None:
    follow(client, ledger, submitted(client, ledger), Patience(clock))
    run = ledger.get(ID)
    assert cancel(client, ledger, run, Patience(clock)) == run


def test_another_client_finishes_the_run_while_its_files_are_collected(
    client: FakeClient, ledger: Ledger, clock: FakeClock
) -> None:
    run = submitted(client, ledger)

    def race() -> None:
        reconcile(client, ledger, ledger.get(ID))
        raise ExternalError("could not read `result.json`: No such file")

    client.hooks["outputs"] = race
    outcome = follow(client, ledger, run, Patience(clock))
    assert outcome.result == {"rows": 3}
    assert kinds(ledger).count("succeeded") == 1


def test_files_that_cannot_be_collected_leave_the_run_for_the_next_client(
    client: FakeClient, ledger: Ledger, clock: FakeClock
) -> None:
    run = submitted(client, ledger)

    def fail() -> None:
        raise ExternalError("could not write `x`: No space left on device")

    client.hooks["outputs"] = fail
    with pytest.raises(ExternalError, match="No space left"):
        follow(client, ledger, run, Patience(clock))
    assert ledger.get(ID).state == "running"
    assert reconcile(client, ledger, ledger.get(ID)).state == "succeeded"
    assert kept(ledger) == NAMES


def test_a_client_that_was_killed_is_made_up_for(client: FakeClient, ledger: Ledger) -> None:
    run = submitted(client, ledger)
    run = reconcile(client, ledger, run)
    assert run.state == "submitted"
    run = reconcile(client, ledger, run)
    assert (run.state, run.ids["application"]) == ("running", "app-1")
    for _ in range(2):
        run = reconcile(client, ledger, run)
    assert read_outcome(ledger, run).result == {"rows": 3}
    assert reconcile(client, ledger, run) == run
    assert client.cleaned == [run.handle]


def test_a_client_that_was_killed_before_it_recorded_the_submission(
    client: FakeClient, ledger: Ledger
) -> None:
    ledger.create(make_plan(ID))
    run = ledger.append(ID, "submitting")
    run = ledger.identify(
        run, {"handle": client.submit(FakeRequest(run.plan), {}, lambda *_: None, attached=True)}
    )
    for _ in range(4):
        run = reconcile(client, ledger, run)
    assert run.state == "succeeded"


def test_a_submission_that_was_forgotten_is_lost(client: FakeClient, ledger: Ledger) -> None:
    run = submitted(client, ledger)
    client.submissions.clear()
    run = reconcile(client, ledger, run)
    assert (run.state, run.reason) == ("lost", "nothing is known of it")


def test_a_submission_without_handle_is_lost_after_a_while(
    client: FakeClient, ledger: Ledger, clock: FakeClock
) -> None:
    ledger.create(make_plan(ID))
    run = ledger.append(ID, "submitting")
    assert reconcile(client, ledger, run).state == "submitting"
    clock.time += SUBMIT_LIMIT + timedelta(seconds=1)
    run = reconcile(client, ledger, run)
    assert (run.state, run.reason) == ("lost", "its client ended before it had submitted")


def test_a_plan_that_was_never_submitted_stays_planned(
    client: FakeClient, ledger: Ledger, clock: FakeClock
) -> None:
    run = ledger.create(make_plan(ID))
    clock.time += timedelta(days=365)
    assert reconcile(client, ledger, run).state == "planned"
    with pytest.raises(ExternalError, match="it was not submitted"):
        follow(client, ledger, run, Patience(clock))


@pytest.mark.parametrize("attached", [True, False])
def test_a_target_is_told_whether_a_client_stays(
    client: FakeClient, ledger: Ledger, attached: bool
) -> None:
    plan = make_plan(ID)
    ledger.create(plan)
    run = submit(client, submission(plan, attached=attached), ledger)
    assert client.attached == {run.handle: attached}


def test_a_refusal_is_recorded(client: FakeClient, ledger: Ledger) -> None:
    client.refusal = "no quota"
    with pytest.raises(ExternalError, match="no quota"):
        submitted(client, ledger)
    run = ledger.get(ID)
    assert (run.state, run.reason) == ("failed", f"could not submit the run `{ID}`: no quota")


def test_ctrl_c_while_submitting(client: FakeClient, ledger: Ledger) -> None:
    client.hooks["submit"] = interrupt
    with pytest.raises(InterruptError, match="interrupted, and cancelled"):
        submitted(client, ledger)
    run = ledger.get(ID)
    assert (run.state, run.reason) == ("cancelled", "interrupted while it was being submitted")


def test_a_run_that_is_cancelled_while_it_is_submitted(
    client: FakeClient, ledger: Ledger, clock: FakeClock
) -> None:
    client.script = ("running",)
    client.hooks["submitted"] = lambda: cancel(client, ledger, ledger.get(ID), Patience(clock))
    with pytest.raises(InterruptError, match="it was cancelled meanwhile"):
        submitted(client, ledger)
    run = ledger.get(ID)
    assert run.state == "cancelled"
    assert client.cleaned == [run.handle]


def test_a_submission_that_nobody_finds_is_cancelled_after_a_while(
    client: FakeClient, ledger: Ledger, clock: FakeClock
) -> None:
    """Its client was killed, and its request is on its way or was never sent."""
    ledger.create(make_plan(ID))
    run = ledger.append(ID, "submitting")
    with pytest.raises(ExternalError, match=r"could not cancel the run `.*` yet"):
        cancel(client, ledger, run, Patience(clock))
    run = ledger.get(ID)
    assert reconcile(client, ledger, run).state == "cancelling"
    clock.time += SUBMIT_LIMIT + timedelta(seconds=1)
    assert reconcile(client, ledger, run).state == "cancelled"


def test_a_submission_that_turns_up_after_it_was_cancelled_is_stopped(
    client: FakeClient, ledger: Ledger
) -> None:
    """Its client was killed before it recorded the handle, and so was who cancelled it."""
    client.script = ("running",)
    run = ledger.append(ledger.create(make_plan(ID)), "submitting")
    client.submit(FakeRequest(run.plan), {}, lambda *_: None, attached=True)
    run = ledger.append(run, "cancelling")
    assert reconcile(client, ledger, run).state == "cancelled"


def test_nothing_is_submitted_of_a_plan_that_was_cancelled(
    client: FakeClient, ledger: Ledger, clock: FakeClock
) -> None:
    plan = make_plan(ID)
    run = cancel(client, ledger, ledger.create(plan), Patience(clock))
    assert (run.state, run.reason) == ("cancelled", "cancelled before it was submitted")
    with pytest.raises(InterruptError, match="it was cancelled meanwhile"):
        submit(client, submission(plan), ledger)
    assert client.submissions == {}


def test_a_plan_that_is_being_submitted_just_now_is_not_taken_for_cancelled(
    client: FakeClient, ledger: Ledger, clock: FakeClock
) -> None:
    """The canceller has read the plan before its client began to submit it, and that client is killed."""
    planned = ledger.create(make_plan(ID))
    run = ledger.append(planned, "submitting")
    client.submit(FakeRequest(run.plan), {}, lambda *_: None, attached=True)
    assert cancel(client, ledger, planned, Patience(clock)).state == "cancelled"
    assert client.cleaned == [f"fake:{ID}"]


def test_a_request_is_not_sent_for_a_run_that_is_cancelled(
    client: FakeClient, ledger: Ledger
) -> None:
    client.hooks["submit"] = lambda: ledger.append(ID, "cancelling")
    with pytest.raises(InterruptError, match="it was cancelled meanwhile"):
        submitted(client, ledger)
    assert client.submissions == {}
    assert ledger.get(ID).state == "cancelled"


def test_a_run_that_ends_before_its_submission_is_recorded(
    client: FakeClient, ledger: Ledger, clock: FakeClock
) -> None:
    """The next command sees the handle that the client recorded, and is faster than the client."""
    client.script = ("succeeded",)
    plan = make_plan(ID)
    ledger.create(plan)

    def early() -> None:
        run = ledger.identify(ledger.get(ID), {"handle": f"fake:{ID}"})
        assert reconcile(client, ledger, run).state == "succeeded"

    client.hooks["submitted"] = early
    run = submit(client, submission(plan), ledger)
    assert follow(client, ledger, run, Patience(clock)).result == {"rows": 3}
