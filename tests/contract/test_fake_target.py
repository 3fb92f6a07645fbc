"""The fake target by the contract of targets, so that what is tested with it holds for real ones."""

from collections.abc import Callable
from pathlib import Path

import pytest

from contract.target_contract import TargetContract
from sparkferry.progress import Progress
from sparkferry.targets.api import RemoteState, Target
from sparkferry.targets.plan import Plan
from support.fake_target import FakeTarget
from support.plans import make_plan

SCRIPTS: dict[str, tuple[RemoteState, ...]] = {
    "succeeds": ("starting", "running", "succeeded"),
    "fails": ("running", "failed"),
    "waits": ("starting", "running"),
}


class ByName(FakeTarget):
    """Takes the script that the plan's job is named after."""

    poll_seconds = 0.001

    def submit(
        self,
        plan: Plan,
        record: Callable[[str, str], None],
        progress: Progress,
        *,
        attached: bool = True,
    ) -> str:
        self.script = SCRIPTS[plan.job_name]
        return super().submit(plan, record, progress, attached=attached)


class TestFakeTarget(TargetContract):
    @pytest.fixture
    def target(self, tmp_path: Path) -> Target:
        return ByName(tmp_path, ())

    @pytest.fixture
    def reopen(self, target: ByName) -> Callable[[], Target]:
        def again() -> Target:
            other = ByName(target.directory, ())
            other.submissions = target.submissions
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
