from pathlib import Path

import msgspec
import pytest

from sparkferry.errors import ExternalError, UserError
from sparkferry.project.kinds.local import LocalTarget
from sparkferry.project.model import Project, Settings
from sparkferry.runs.describe import HEADERS, details, row, summary
from sparkferry.runs.follow import follow
from sparkferry.runs.ledger import Filter, Ledger
from sparkferry.runs.lookup import Runs
from sparkferry.runs.open import open_ledger
from sparkferry.runs.outcome import read_outcome
from sparkferry.runs.patience import Patience
from sparkferry.runs.submit import submit
from support.clocks import FakeClock
from support.fake_client import FakeClient, submission
from support.plans import make_plan

ID = "flights-20260101-120000-aaaa"


@pytest.fixture
def client(tmp_path: Path) -> FakeClient:
    return FakeClient(tmp_path / "target", ("running", "succeeded"))


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def desk(ledger: Ledger, client: FakeClient, said: list[str]) -> Runs:
    plan = make_plan(ID)
    ledger.create(plan)
    submit(client, submission(plan), ledger)
    return Runs(ledger, lambda _: client, said.append)


def test_a_run_is_given_as_it_is_now(desk: Runs, said: list[str]) -> None:
    assert [desk.get("flights").state for _ in range(3)] == ["running", "succeeded", "succeeded"]
    assert said == []


def test_a_run_whose_target_cannot_be_asked_is_given_as_recorded(
    desk: Runs, client: FakeClient, said: list[str]
) -> None:
    def fail() -> None:
        raise ExternalError("could not reach `example.invalid`: no route")

    client.hooks["status"] = fail
    assert desk.get(ID).state == "submitted"
    assert said == [
        f"`{ID}` is shown as it was recorded last: could not reach `example.invalid`: no route"
    ]


def test_runs_are_brought_up_to_date_before_they_are_filtered(desk: Runs) -> None:
    running = Filter(state="running")
    assert [run.id for run in desk.ledger.list(running, refresh=desk.refresh)] == [ID]
    assert list(desk.ledger.list(running, refresh=desk.refresh)) == []


def test_a_run_in_words(desk: Runs, client: FakeClient, clock: FakeClock) -> None:
    run = desk.get(ID)
    assert dict(zip(HEADERS, row(run), strict=True)) == {
        "run": ID,
        "job": "flights",
        "branch": "main",
        "state": "running",
        "started": "2026-01-01T12:00:00Z",
        "seconds": None,
    }
    follow(client, desk.ledger, run, Patience(clock))
    run = desk.get(ID)
    assert row(run)[-1] == round(run.seconds or -1, 1)
    said = summary(run)
    assert said["id application"] == "app-1"
    assert said["records"] == f"/store/runs/main/{ID}"


def test_a_run_as_data(desk: Runs, client: FakeClient, clock: FakeClock) -> None:
    assert details(desk.get(ID), None)["outcome"] is None
    follow(client, desk.ledger, desk.get(ID), Patience(clock))
    run = desk.get(ID)
    data = details(run, read_outcome(desk.ledger, run))
    assert data["outcome"]["result"] == {"rows": 3}
    assert [event["seq"] for event in data["events"]] == list(range(1, len(run.events) + 1))
    assert data["plan"]["run_id"] == ID
    assert msgspec.json.decode(msgspec.json.encode(data))["run"] == ID


def project(root: Path, store: str) -> Project:
    return Project(
        root=root,
        name="flights",
        requires_python=">=3.11",
        dependencies=(),
        tier="dev",
        settings=Settings(spark="4.0", targets={"local": LocalTarget(store=store)}),
        origins={},
    )


def test_the_ledger_of_a_project(tmp_path: Path) -> None:
    assert open_ledger(project(tmp_path, "x/store")).store.url == str(tmp_path / "x/store")
    with pytest.raises(UserError, match="stands where a URL has its host"):
        open_ledger(project(tmp_path, "file://home/x"))
