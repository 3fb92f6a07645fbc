"""Standalone clusters that are not sparkferry's: plain processes in a network namespace of their own."""

import json
import os
import shutil
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from support.ferry import wait

HERE, THERE = "10.177.0.1", "10.177.0.2"
"""This machine and the cluster's, on a network of two."""

SECRET = "SPARK_CLUSTER_SECRET"


@dataclass(frozen=True)
class Standalone:
    """A running cluster."""

    master: str
    ui: str
    work: Path
    """Directory of its workers."""

    @property
    def settings(self) -> tuple[str, ...]:
        """The overrides that make it the target `lake`."""
        return (
            "target=lake",
            "targets.lake.kind=standalone",
            f"targets.lake.master={self.master}",
            f"targets.lake.master-ui=['{self.ui}']",
            "targets.lake.memory=512m",
            "targets.lake.driver-memory=512m",
        )


def call(*argv: object) -> None:
    subprocess.run([*map(str, argv)], check=True, capture_output=True)


def joined_network(name: str, namespace: object) -> None:
    """Connect this machine and a network namespace, a name or a process's id, by a cable of two ends."""
    outer, inner = f"{name}h", f"{name}c"
    call("ip", "link", "add", outer, "type", "veth", "peer", "name", inner)
    call("ip", "addr", "add", f"{HERE}/24", "dev", outer)
    call("ip", "link", "set", outer, "up")
    call("ip", "link", "set", inner, "netns", namespace)


@contextmanager
def network() -> Iterator[str]:
    """Yield the name of a network namespace at :data:`THERE`, which this machine reaches."""
    name = f"sf{os.getpid() % 10**6}"
    if os.getuid() != 0 or shutil.which("ip") is None:
        pytest.skip("making a network needs root and `ip` (iproute2)")
    with ExitStack() as stack:
        call("ip", "netns", "add", name)
        stack.callback(call, "ip", "netns", "del", name)
        joined_network(name, name)
        for words in (f"addr add {THERE}/24 dev {name}c", f"link set {name}c up", "link set lo up"):
            call("ip", "-n", name, *words.split())
        yield name


def workers_alive(ui: str) -> int | None:
    with suppress(OSError), urllib.request.urlopen(f"{ui}/json/", timeout=2) as answer:
        return json.load(answer)["aliveworkers"] or None
    return None


@contextmanager
def cluster(spark_home: Path, directory: Path, secret: str | None = None) -> Iterator[Standalone]:
    """Start a master and a worker of two cores there, as an administrator would."""
    properties = directory / "cluster.conf"
    said = f"spark.authenticate true\nspark.authenticate.secret {secret}\n" if secret else ""
    properties.write_text(f"{said}spark.master.rest.enabled false\n")
    master = f"spark://{THERE}:7077"
    common = ("--host", THERE, "--properties-file", properties)
    with network() as name, ExitStack() as stack:
        roles = {
            "master.Master": (*common, "--port", 7077, "--webui-port", 8080),
            "worker.Worker": (
                *(*common, "--webui-port", 8081, "--cores", 2, "--memory", "1100m"),
                *("--work-dir", directory / "work", master),
            ),
        }
        for role, arguments in roles.items():
            stack.enter_context(_daemon(name, spark_home, directory, role, arguments))
        ui = f"http://{THERE}:8080"
        assert wait(lambda: workers_alive(ui), 60), (directory / "log").read_text()
        yield Standalone(master, ui, directory / "work")


@contextmanager
def _daemon(
    namespace: str, spark_home: Path, directory: Path, role: str, arguments: tuple[object, ...]
) -> Iterator[None]:
    program = (spark_home / "bin/spark-class", f"org.apache.spark.deploy.{role}", *arguments)
    environ = {
        name: os.environ[name] for name in ("PATH", "JAVA_HOME", "HOME") if name in os.environ
    }
    with (
        (directory / "log").open("ab") as log,
        subprocess.Popen(
            ["ip", "netns", "exec", namespace, *map(str, program)],
            cwd=directory,
            env=environ,
            stdout=log,
            stderr=log,
        ) as process,
    ):
        try:
            yield
        finally:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(20)
            process.kill()
