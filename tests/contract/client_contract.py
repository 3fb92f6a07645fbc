"""What every client does. A test module inherits :class:`ClientContract` and gives its fixtures.

Three submissions in all, since a real one takes seconds.
"""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from sparkferry.targets.api import Client, Kind, Status
from sparkferry.targets.plan import Plan

FINAL = ("succeeded", "failed", "cancelled", "lost")
DRIVER = "logs/driver.log"


def files_of(client: Client[Any], handle: str) -> dict[str, bytes]:
    """Return the content of every output by name."""
    found = {}
    for output in client.outputs(handle):
        with output.fetch() as path:
            assert isinstance(path, Path)
            found[output.name] = path.read_bytes()
            assert len(found[output.name]) == output.size
    return found


def log_of(client: Client[Any], handle: str, name: str, cursor: str | None = None) -> bytes:
    """Return a log from ``cursor`` to its present end."""
    data = b""
    while (chunk := client.read_log(handle, name, cursor)).data:
        data, cursor = data + chunk.data, chunk.cursor
    return data


class ClientContract:
    patience = 120.0
    """Seconds that a submission may take to end."""

    @pytest.fixture
    def client(self) -> Client[Any]:
        raise NotImplementedError

    @pytest.fixture
    def reopen(self) -> Callable[[], Client[Any]]:
        """Return a function that makes the client anew, as another process would."""
        raise NotImplementedError

    @pytest.fixture
    def kind(self) -> Kind[Any, Any]:
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

    def test_a_success(self, client, kind, reopen, succeeds: Plan) -> None:
        ids: dict[str, str] = {}
        assert client.find(succeeds.run_id) is None
        handle = client.submit(kind.request(succeeds), {}, ids.__setitem__, attached=False)
        assert reopen().find(succeeds.run_id) == handle
        seen = self.watch(client, handle, lambda status: status.state in FINAL)
        assert seen[-1].state == "succeeded"
        assert all(name and value for name, value in ids.items())

        other = reopen()
        assert other.status(handle).state == "succeeded"
        other.cancel(handle)
        assert other.status(handle).state == "succeeded"

        files = files_of(other, handle)
        result = msgspec.json.decode(files["result.json"])
        assert result["state"] == "succeeded"
        assert isinstance(result["result"], dict)
        assert "audit.json" in files
        self.check_logs(other, handle, files[DRIVER])

        for _ in range(2):
            other.cleanup(handle)
        self.check_unknown(other, handle)

    def test_a_failure(self, client, kind, fails: Plan) -> None:
        handle = client.submit(kind.request(fails), {}, lambda *_: None, attached=True)
        seen = self.watch(client, handle, lambda status: status.state in FINAL)
        assert seen[-1].state == "failed"
        error = msgspec.json.decode(files_of(client, handle)["result.json"])["error"]
        assert error["type"].endswith("ValueError")
        assert error["traceback"]
        client.cleanup(handle)

    def test_a_cancellation(self, client, kind, reopen, waits: Plan) -> None:
        handle = client.submit(kind.request(waits), {}, lambda *_: None, attached=True)
        seen = self.watch(client, handle, lambda status: status.state in (*FINAL, "running"))
        assert seen[-1].state == "running"
        for _ in range(2):
            reopen().cancel(handle)
        seen = self.watch(client, handle, lambda status: status.state in FINAL)
        assert seen[-1].state == "cancelled"
        assert DRIVER in files_of(client, handle)
        client.cleanup(handle)

    def test_nothing_is_known_of_an_unknown_handle(self, client, kind, succeeds: Plan) -> None:
        self.check_unknown(client, f"{kind.name}:nothing-was-ever-called-this")
        assert client.find("nothing-was-ever-called-this") is None

    def test_a_request_is_the_same_each_time(self, kind, succeeds: Plan) -> None:
        first, second = kind.request(succeeds), kind.request(succeeds)
        assert (first.text, first.data()) == (second.text, second.data())
        assert first.text

    def watch(
        self, client: Client[Any], handle: str, until: Callable[[Status], bool]
    ) -> list[Status]:
        """Look until ``until``; states never go back, and stages never lose tasks."""
        seen = [client.status(handle)]
        deadline = time.monotonic() + self.patience
        while not until(seen[-1]):
            assert time.monotonic() < deadline, f"still {seen[-1]}"
            time.sleep(min(client.poll_seconds, 0.2))
            seen.append(client.status(handle))
        order = ["starting", "running", *FINAL]
        places = [order.index(status.state) for status in seen]
        assert places == sorted(places)
        return seen

    def check_logs(self, client: Client[Any], handle: str, kept: bytes) -> None:
        """A log can be read on from any cursor, and is what is kept."""
        assert log_of(client, handle, DRIVER) == kept
        first = client.read_log(handle, DRIVER, None)
        assert first.data + log_of(client, handle, DRIVER, first.cursor) == kept
        assert client.read_log(handle, "logs/executors/99/stderr", None).data == b""

    def check_unknown(self, client: Client[Any], handle: str) -> None:
        assert client.status(handle).state == "lost"
        assert log_of(client, handle, DRIVER) == b""
        assert files_of(client, handle) == {}
        client.cancel(handle)
        client.cleanup(handle)
