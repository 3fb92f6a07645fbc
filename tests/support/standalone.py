"""Standalone clusters that are not sparkferry's: plain processes in a network namespace of their own."""

import json
import os
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from support.cli import wait
from support.networks import Network, namespace, network

SECRET = "SPARK_CLUSTER_SECRET"


@dataclass(frozen=True)
class Standalone:
    """A running cluster."""

    network: Network
    work: Path | None
    """Directory of its workers, where this machine sees it."""

    @property
    def master(self) -> str:
        """The master's address, as Spark takes it."""
        return f"spark://{self.network.there}:7077"

    @property
    def ui(self) -> str:
        """The master's page."""
        return f"http://{self.network.there}:8080"

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
    with ExitStack() as stack:
        found = Standalone(
            stack.enter_context(network(stack.enter_context(namespace()))), directory / "work"
        )
        common = ("--host", found.network.there, "--properties-file", properties)
        roles = {
            "master.Master": (*common, "--port", 7077, "--webui-port", 8080),
            "worker.Worker": (
                *(*common, "--webui-port", 8081, "--cores", 2, "--memory", "1100m"),
                *("--work-dir", found.work, found.master),
            ),
        }
        for role, arguments in roles.items():
            stack.enter_context(_daemon(found.network, spark_home, directory, role, arguments))
        assert wait(lambda: workers_alive(found.ui), 60), (directory / "log").read_text()
        yield found


@contextmanager
def _daemon(
    network: Network, spark_home: Path, directory: Path, role: str, arguments: tuple[object, ...]
) -> Iterator[None]:
    program = (spark_home / "bin/spark-class", f"org.apache.spark.deploy.{role}", *arguments)
    environ = {
        name: os.environ[name] for name in ("PATH", "JAVA_HOME", "HOME") if name in os.environ
    }
    with (
        (directory / "log").open("ab") as log,
        subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", *network.entered, *map(str, program)],
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
