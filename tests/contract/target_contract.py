"""What every target does. A test module inherits :class:`TargetContract` and gives its fixtures.

Three submissions in all, since a real one takes seconds.
"""

import time
from collections.abc import Callable

import msgspec
import pytest

from sparkferry.progress import QUIET
from sparkferry.targets.api import Status, Target
from sparkferry.targets.plan import Plan

FINAL = ("succeeded", "failed", "cancelled", "lost")
DRIVER = "logs/driver.log"


class TargetContract:
    patience = 120.0
    """Seconds that a submission may take to end."""

    @pytest.fixture
    def target(self) -> Target:
        raise NotImplementedError

    @pytest.fixture
    def reopen(self) -> Callable[[], Target]:
        """Return a function that makes the target anew, as another process would."""
        raise NotImplementedError

    @pytest.fixture
    def succeeds(self) -> Plan:
        """Return a plan whose job returns an object."""
        raise NotImplementedError

    @pytest.fixture
    def fails(self) -> Plan:
        """Return a plan whose job raises ValueError."""
        raise NotImplementedError

    @pytest.fixture
    def waits(self) -> Plan:
        """Return a plan whose job goes on until it is cancelled."""
        raise NotImplementedError

    def test_a_success(self, target: Target, reopen: Callable[[], Target], succeeds: Plan) -> None:
        ids: dict[str, str] = {}
        handle = target.submit(succeeds, ids.__setitem__, QUIET, attached=False)
        seen = self.watch(target, handle, lambda status: status.state in FINAL)
        assert seen[-1].state == "succeeded"
        assert all(name and value for name, value in ids.items())

        other = reopen()
        assert other.status(handle).state == "succeeded"
        other.cancel(handle)
        assert other.status(handle).state == "succeeded"

        files = other.collect(handle)
        result = msgspec.json.decode(files.paths["result.json"].read_bytes())
        assert result["state"] == "succeeded"
        assert isinstance(result["result"], dict)
        assert "audit.json" in files.paths
        self.check_logs(other, handle, files.paths[DRIVER].read_bytes())

        for _ in range(2):
            other.release(handle)
        self.check_unknown(other, handle)

    def test_a_failure(self, target: Target, fails: Plan) -> None:
        handle = target.submit(fails, lambda *_: None, QUIET)
        seen = self.watch(target, handle, lambda status: status.state in FINAL)
        assert seen[-1].state == "failed"
        files = target.collect(handle)
        error = msgspec.json.decode(files.paths["result.json"].read_bytes())["error"]
        assert error["type"].endswith("ValueError")
        assert error["traceback"]
        target.release(handle)

    def test_a_cancellation(
        self, target: Target, reopen: Callable[[], Target], waits: Plan
    ) -> None:
        handle = target.submit(waits, lambda *_: None, QUIET)
        seen = self.watch(target, handle, lambda status: status.state in (*FINAL, "running"))
        assert seen[-1].state == "running"
        for _ in range(2):
            reopen().cancel(handle)
        seen = self.watch(target, handle, lambda status: status.state in FINAL)
        assert seen[-1].state == "cancelled"
        assert DRIVER in target.collect(handle).paths
        target.release(handle)

    def test_nothing_is_known_of_an_unknown_handle(self, target: Target, succeeds: Plan) -> None:
        self.check_unknown(target, "local:nothing-was-ever-called-this")

    def test_rendering_is_pure(self, target: Target, succeeds: Plan) -> None:
        assert target.render(succeeds) == target.render(succeeds)
        assert target.render(succeeds).text

    def watch(self, target: Target, handle: str, until: Callable[[Status], bool]) -> list[Status]:
        """Look until ``until``; states never go back, and stages never lose tasks."""
        seen = [target.status(handle)]
        deadline = time.monotonic() + self.patience
        while not until(seen[-1]):
            assert time.monotonic() < deadline, f"still {seen[-1]}"
            time.sleep(min(target.poll_seconds, 0.2))
            seen.append(target.status(handle))
        order = ["starting", "running", *FINAL]
        places = [order.index(status.state) for status in seen]
        assert places == sorted(places)
        return seen

    def check_logs(self, target: Target, handle: str, kept: bytes) -> None:
        """A log can be read on from any offset, and is what is collected."""
        assert b"".join(target.logs(handle, DRIVER, 0)) == kept
        assert b"".join(target.logs(handle, DRIVER, len(kept) // 2)) == kept[len(kept) // 2 :]
        assert b"".join(target.logs(handle, DRIVER, len(kept))) == b""
        assert b"".join(target.logs(handle, "logs/executors/99/stderr", 0)) == b""

    def check_unknown(self, target: Target, handle: str) -> None:
        assert target.status(handle).state == "lost"
        assert list(target.logs(handle, DRIVER, 0)) == []
        assert target.collect(handle).paths == {}
        target.cancel(handle)
        target.release(handle)
