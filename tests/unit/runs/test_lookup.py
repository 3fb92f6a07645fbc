from pathlib import Path

import msgspec
import pytest

from sparkferry.base.cache import Cache
from sparkferry.env import Env
from sparkferry.errors import ExternalError, UserError
from sparkferry.project.kinds.local import LocalTarget
from sparkferry.project.model import Project, Settings
from sparkferry.runs.describe import HEADERS, details, row, summary
from sparkferry.runs.follow import follow
from sparkferry.runs.index import Filter
from sparkferry.runs.ledger import Ledger
from sparkferry.runs.lookup import Runs
from sparkferry.runs.open import open_ledger
from sparkferry.runs.outcome import read_outcome
from sparkferry.runs.patience import Patience
from sparkferry.runs.submit import submit
from sparkferry.store.directory.store import DirectoryStore
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
def runs(ledger: Ledger, client: FakeClient, said: list[str]) -> Runs:
    plan = make_plan(ID)
    ledger.create(plan)
    submit(client, submission(plan), ledger)
    return Runs([ledger], lambda _: client, said.append)


def test_a_run_is_given_as_it_is_now(runs: Runs, said: list[str]) -> None:
    assert [runs.get("flights").state for _ in range(3)] == ["running", "succeeded", "succeeded"]
    assert said == []


def test_a_run_whose_target_cannot_be_asked_is_given_as_recorded(
    runs: Runs, client: FakeClient, said: list[str]
) -> None:
    def fail() -> None:
        raise ExternalError("could not reach `example.invalid`: no route")

    client.hooks["status"] = fail
    assert runs.get(ID).state == "submitted"
    assert said == [
        f"`{ID}` is shown as it was recorded last: could not reach `example.invalid`: no route"
    ]


def test_runs_are_brought_up_to_date_before_they_are_filtered(runs: Runs) -> None:
    running = Filter(state="running")
    assert [run.id for run in runs.page(running).runs] == [ID]
    assert runs.page(running).runs == ()


def test_a_run_in_words(runs: Runs, client: FakeClient, clock: FakeClock) -> None:
    run = runs.get(ID)
    assert dict(zip(HEADERS, row(run), strict=True)) == {
        "run": ID,
        "job": "flights",
        "branch": "main",
        "state": "running",
        "started": "2026-01-01T12:00:00Z",
        "seconds": None,
    }
    follow(client, runs.ledgers[0], run, Patience(clock))
    run = runs.get(ID)
    assert row(run)[-1] == round(run.seconds or -1, 1)
    said = summary(run)
    assert said["id application"] == "app-1"
    assert said["records"] == f"/store/runs/main/{ID}"


def test_a_run_as_data(runs: Runs, client: FakeClient, clock: FakeClock) -> None:
    assert details(runs.get(ID), None)["outcome"] is None
    follow(client, runs.ledgers[0], runs.get(ID), Patience(clock))
    run = runs.get(ID)
    data = details(run, read_outcome(runs.ledgers[0], run))
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
    env = Env(cache=Cache(tmp_path / "cache"), environ={})
    assert open_ledger(project(tmp_path, "x/store"), env).store.url == str(tmp_path / "x/store")
    with pytest.raises(UserError, match="stands where a URL has its host"):
        open_ledger(project(tmp_path, "file://home/x"), env)


@pytest.fixture
def two(tmp_path: Path, client: FakeClient, said: list[str]) -> Runs:
    """Two stores of one project, each with runs of its own."""
    near, far = (Ledger(DirectoryStore(tmp_path / name), FakeClock()) for name in ("near", "far"))
    for ledger, number in ((near, 1), (far, 2), (near, 3)):
        created = f"2026-01-0{number}T12:00:00+00:00"
        ledger.create(make_plan(f"pi-2026010{number}-120000-aaaa", created=created))
    return Runs([near, far], lambda _: client, said.append)


def test_runs_of_several_stores_are_one_list(two: Runs) -> None:
    assert [run.id[3:11] for run in two.page().runs] == ["20260103", "20260102", "20260101"]
    assert [run.id[3:11] for run in two.page(limit=2).runs] == ["20260103", "20260102"]


def test_a_run_is_found_in_whichever_store_it_is(two: Runs) -> None:
    near, far = two.ledgers
    assert two.ledger_of(two.get("pi-20260102")) is far
    assert two.ledger_of(two.recorded("pi-20260103-120000-aaaa")) is near
    with pytest.raises(UserError, match="3 runs begin so"):
        two.get("pi-2026")
    with pytest.raises(UserError, match="no run has this id"):
        two.get("nothing")
