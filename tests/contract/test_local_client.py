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


@pytest.fixture(scope="module")
def layers(cold_cli: Cli) -> dict[str, str]:
    """URI of each layer, in the cache."""
    lines = (line.split() for line in cold_cli("pack").stdout.splitlines())
    return {kind: f"file://{path}" for kind, _, _, path in lines}


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
        plan = self.plan(user, {}, "table")
        return lambda: LocalClient(plan.target, Env(cache=Cache(user.cache), environ=os.environ))

    @pytest.fixture
    def client(self, reopen: Callable[[], LocalClient]) -> LocalClient:
        return reopen()

    @pytest.fixture
    def succeeds(self, user: Cli, layers: dict[str, str]) -> Plan:
        return self.plan(user, layers, "table")

    @pytest.fixture
    def fails(self, user: Cli, layers: dict[str, str]) -> Plan:
        return self.plan(user, layers, "fails")

    @pytest.fixture
    def waits(self, user: Cli, layers: dict[str, str]) -> Plan:
        return self.plan(user, layers, "waits")

    def plan(self, user: Cli, layers: dict[str, str], job: str) -> Plan:
        """Return the plan that the program makes, its layers where they are."""
        data = user("render", "--json", job).json["plan"]
        for layer in data["layers"]:
            layer["uri"] = layers.get(layer["kind"], layer["uri"])
        return msgspec.convert(data, Plan)
