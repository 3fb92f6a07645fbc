"""The client of the kind `local` by the contract of clients, in one process."""

import os
from collections.abc import Callable, Iterator

import msgspec
import pytest

from contract.client_contract import ClientContract
from sparkferry.base.cache import Cache
from sparkferry.env import Env
from sparkferry.targets.local.client import LocalClient
from sparkferry.targets.local.kind import LocalKind
from sparkferry.targets.plan import Plan
from support.cli import Cli


@pytest.mark.spark
class TestLocalClient(ClientContract):
    @pytest.fixture(autouse=True)
    def user(self, cold_cli: Cli, tmp_path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cli]:
        state = tmp_path / "state"
        monkeypatch.setenv("SPARKFERRY_STATE_DIR", str(state))
        user = cold_cli.with_("targets.local.workers=0", state=state)
        yield user
        user.no_process_left()

    @pytest.fixture
    def kind(self) -> LocalKind:
        return LocalKind()

    @pytest.fixture
    def reopen(self, user: Cli) -> Callable[[], LocalClient]:
        plan = self.plan(user, "table")
        return lambda: LocalClient(plan.target, Env(cache=Cache(user.cache), environ=os.environ))

    @pytest.fixture
    def client(self, reopen: Callable[[], LocalClient]) -> LocalClient:
        return reopen()

    @pytest.fixture
    def succeeds(self, user: Cli) -> Plan:
        return self.plan(user, "table")

    @pytest.fixture
    def fails(self, user: Cli) -> Plan:
        return self.plan(user, "fails")

    @pytest.fixture
    def waits(self, user: Cli) -> Plan:
        return self.plan(user, "waits")

    def plan(self, user: Cli, job: str) -> Plan:
        """Return the plan that the program makes, with the cache as its store, which has the same keys."""
        data = user("render", "--json", job).json["plan"]
        return msgspec.convert({**data, "store": str(user.cache)}, Plan)
