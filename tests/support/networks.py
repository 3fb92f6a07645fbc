"""Networks of two machines: this one and a network namespace."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from support.cli import wait


@dataclass(frozen=True)
class Network:
    """Two addresses that reach each other."""

    pid: int
    """A process of the namespace."""
    here: str
    """Address of this machine."""
    there: str
    """Address of the namespace."""

    @property
    def entered(self) -> tuple[str, ...]:
        """The words before a program that runs in the namespace."""
        return ("nsenter", "--target", str(self.pid), "--net")


def call(*argv: object) -> None:
    subprocess.run([*map(str, argv)], check=True, capture_output=True)


@contextmanager
def namespace() -> Iterator[int]:
    """Yield the id of a process in a namespace of its own, both of which end with the test's process."""
    if os.getuid() != 0 or shutil.which("ip") is None:
        pytest.skip("making a network needs root and `ip` (iproute2)")
    program = ("setpriv", "--pdeathsig", "KILL", "unshare", "--net", "sleep", "infinity")
    with subprocess.Popen(program) as holder:
        try:
            assert wait(lambda: _net(holder.pid) != _net(os.getpid()) or None, 10)
            yield holder.pid
        finally:
            holder.kill()


@contextmanager
def network(pid: int) -> Iterator[Network]:
    """Connect this machine with the namespace of a process."""
    number = _cable()
    outer, inner = f"sf{number}h", f"sf{number}c"
    found = Network(pid, f"10.177.{number}.1", f"10.177.{number}.2")
    with ExitStack() as stack:
        stack.callback(subprocess.run, ("ip", "link", "del", outer), capture_output=True)
        call("ip", "addr", "add", f"{found.here}/24", "dev", outer)
        call("ip", "link", "set", outer, "up")
        call("ip", "link", "set", inner, "netns", pid)
        call(*found.entered, "ip", "addr", "add", f"{found.there}/24", "dev", inner)
        call(*found.entered, "ip", "link", "set", inner, "up")
        call(*found.entered, "ip", "link", "set", "lo", "up")
        yield found


def _cable() -> int:
    """Make a cable of two ends, and return its number, which nothing else on this machine has."""
    for number in range(1, 255):
        ends = (f"sf{number}h", "type", "veth", "peer", "name", f"sf{number}c")
        with suppress(subprocess.CalledProcessError):
            call("ip", "link", "add", *ends)
            return number
    raise AssertionError("this machine has 254 cables, or makes none")


def _net(pid: int) -> Path:
    return Path(f"/proc/{pid}/ns/net").readlink()
