from pathlib import Path

import pytest

from sparkferry.errors import UserError
from sparkferry.runs.follow import follow
from sparkferry.runs.ledger import Ledger
from sparkferry.runs.logs import DRIVER, follow_log, lines, log_name, read_log
from sparkferry.runs.model import Run
from sparkferry.runs.patience import Patience
from sparkferry.runs.submit import submit
from support.clocks import FakeClock
from support.fake_client import FakeClient, submission
from support.plans import make_plan

WHOLE = b"".join(b"driver %d\n" % look for look in (1, 2, 3, 4))


@pytest.fixture
def client(tmp_path: Path) -> FakeClient:
    return FakeClient(tmp_path / "target", ("starting", "running", "running", "succeeded"))


@pytest.fixture
def run(client: FakeClient, ledger: Ledger) -> Run:
    plan = make_plan("pi-1")
    ledger.create(plan)
    return submit(client, submission(plan), ledger)


def test_the_names_of_logs() -> None:
    assert log_name(None, "stderr") == "logs/driver.log"
    assert log_name(2, "stdout") == "logs/executors/2/stdout"


def test_lines_of_a_log_wherever_its_chunks_end() -> None:
    chunks = [b"one\ntw", b"o \xc3", b"\xa9\xff\n", b"\nthree"]
    assert list(lines(chunks)) == ["one", "two é\\xff", "", "three"]
    assert list(lines([b"one\n"])) == ["one"]


def test_a_log_while_the_run_goes_on(client: FakeClient, ledger: Ledger, run: Run) -> None:
    assert b"".join(read_log(client, ledger, run, DRIVER)) == b"driver 1\n"
    assert b"".join(read_log(client, ledger, run, DRIVER)) == b"driver 1\ndriver 2\n"


def test_a_log_after_the_end_comes_from_the_store(
    client: FakeClient, ledger: Ledger, run: Run, clock: FakeClock
) -> None:
    follow(client, ledger, run, Patience(clock))
    assert client.submissions == {}
    run = ledger.get(run.id)
    assert b"".join(read_log(client, ledger, run, DRIVER)) == WHOLE
    executor = log_name(0, "stderr")
    assert b"".join(read_log(client, ledger, run, executor)) == b"executor\n"


def test_following_yields_every_byte_once(
    client: FakeClient, ledger: Ledger, run: Run, clock: FakeClock
) -> None:
    chunks = list(follow_log(client, ledger, run, DRIVER, Patience(clock)))
    assert b"".join(chunks) == WHOLE
    assert chunks[0] == b"driver 1\n"
    assert ledger.get(run.id).state == "succeeded"


def test_following_begins_before_the_submission(
    client: FakeClient, ledger: Ledger, clock: FakeClock
) -> None:
    plan = make_plan("pi-2")
    run = ledger.create(plan)
    clock._events[2] = lambda: submit(client, submission(plan), ledger)
    assert b"".join(follow_log(client, ledger, run, DRIVER, Patience(clock))) == WHOLE


def test_a_run_without_submission_has_an_empty_log(client: FakeClient, ledger: Ledger) -> None:
    run = ledger.create(make_plan("pi-2"))
    assert list(read_log(client, ledger, run, DRIVER)) == []


def test_a_log_that_is_not_there_names_those_that_are(
    client: FakeClient, ledger: Ledger, run: Run, clock: FakeClock
) -> None:
    follow(client, ledger, run, Patience(clock))
    with pytest.raises(UserError, match="there is no such log") as caught:
        list(read_log(client, ledger, ledger.get(run.id), log_name(7, "stdout")))
    assert caught.value.hint == "it left logs/driver.log, logs/executors/0/stderr"


def test_a_run_that_left_no_logs(client: FakeClient, ledger: Ledger) -> None:
    ledger.create(make_plan("pi-2"))
    run = ledger.record_state("pi-2", "cancelled")
    with pytest.raises(UserError) as caught:
        list(follow_log(client, ledger, run, DRIVER, Patience()))
    assert caught.value.hint == "it is cancelled and left no logs"
