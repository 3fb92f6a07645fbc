"""The fake client by the contract of clients, so that what is tested with it holds for real ones."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from contract.client_contract import ClientContract
from sparkferry.targets.api import Record, RemoteState
from sparkferry.targets.plan import Plan
from support.fake_client import FakeClient, FakeRequest
from support.plans import make_plan

SCRIPTS: dict[str, tuple[RemoteState, ...]] = {
    "succeeds": ("starting", "running", "succeeded"),
    "fails": ("running", "failed"),
    "waits": ("starting", "running"),
}


class ByName(FakeClient):
    """Takes the script that the plan's job is named after."""

    poll_seconds = 0.001

    def submit(
        self, request: FakeRequest, secrets: Mapping[str, str], record: Record, *, attached: bool
    ) -> str:
        self.script = SCRIPTS[request.plan.job_name]
        return super().submit(request, secrets, record, attached=attached)


class FakeKind:
    name = "fake"

    def request(self, plan: Plan) -> FakeRequest:
        return FakeRequest(plan)


class TestFakeClient(ClientContract):
    @pytest.fixture
    def kind(self) -> FakeKind:
        return FakeKind()

    @pytest.fixture
    def client(self, tmp_path: Path) -> ByName:
        return ByName(tmp_path, ())

    @pytest.fixture
    def reopen(self, client: ByName) -> Callable[[], ByName]:
        def again() -> ByName:
            other = ByName(client.directory, ())
            other.submissions = client.submissions
            return other

        return again

    @pytest.fixture
    def succeeds(self) -> Plan:
        return make_plan(job_name="succeeds")

    @pytest.fixture
    def fails(self) -> Plan:
        return make_plan(job_name="fails")

    @pytest.fixture
    def waits(self) -> Plan:
        return make_plan(job_name="waits")
