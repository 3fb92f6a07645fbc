"""An embedded standalone cluster: one master and n workers of this machine, on the loopback interface."""

import os
import re
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import msgspec

from sparkferry.errors import ExternalError
from sparkferry.process import redact
from sparkferry.progress import Progress
from sparkferry.project.kinds.local import LocalTarget
from sparkferry.spark.class_data import ClassData
from sparkferry.spark.distribution import SparkHome
from sparkferry.spark.environ import LOOPBACK
from sparkferry.spark.installation import Installation
from sparkferry.spark.java import Java
from sparkferry.spark.jvm import Jvm, launcher_environ
from sparkferry.targets.local.environment import daemon_environ, make_tools
from sparkferry.targets.supervise.rest import registered_workers
from sparkferry.targets.supervise.session import ProcessSpawner, Program
from sparkferry.targets.supervise.waiting import wait_for

T = TypeVar("T")

START_LIMIT = 90.0
"""Seconds that a master, and then all workers together, may take to come up."""

_MASTER_URL = re.compile(r"Starting Spark master at (spark://\S+)")
_MASTER_UI = re.compile(r"Successfully started service 'MasterUI' on port (\d+)")
"""What masters of 3.5, 4.0 and 4.3 log (run)."""

_LOG_TAIL = 2000


class ClusterSpec(msgspec.Struct, frozen=True, kw_only=True):
    """What a cluster is made of."""

    home: SparkHome
    java: Java
    workers: int
    cores: int
    """Of each worker."""
    memory: str
    """Of each worker, as ``1g``."""
    class_data: ClassData = ClassData()
    delay_c2: bool = True
    """Whether the optimising compiler of its virtual machines is held back."""


def cluster_spec(settings: LocalTarget, installation: Installation) -> ClusterSpec:
    """Return the cluster that the settings of a target describe."""
    return ClusterSpec(
        home=installation.home,
        java=installation.java,
        workers=settings.workers,
        cores=settings.cores,
        memory=settings.memory,
        class_data=installation.class_data or ClassData(),
        delay_c2=settings.quick_compile,
    )


class Cluster(msgspec.Struct, frozen=True, kw_only=True):
    """A running cluster."""

    directory: Path
    master: str
    """Its URL, as ``spark://127.0.0.1:41234``."""
    ui: str
    """URL of the master's page."""
    spec: ClusterSpec

    @property
    def properties(self) -> Path:
        """File with the secret that its processes and drivers share; only the user can read it."""
        return properties_of(self.directory)


def properties_of(directory: Path) -> Path:
    """Return the properties file of the cluster in ``directory``."""
    return directory / "spark.properties"


def start_cluster(
    spec: ClusterSpec, session: ProcessSpawner, directory: Path, progress: Progress
) -> Cluster:
    """Start a cluster in ``session``, its files below ``directory``; return when it takes jobs.

    :raises ExternalError: it does not come up; with the end of the log.
    """
    progress.message(f"starting Spark {spec.home.version} with {spec.workers} workers")
    make_tools(directory / "tools")
    _write_properties(properties_of(directory))
    starter = _ClusterStarter(spec, session, directory)
    master, ui = starter.master()
    starter.workers(master, ui)
    return Cluster(directory=directory, master=master, ui=ui, spec=spec)


def _write_properties(path: Path) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as stream:
        stream.write(
            f"spark.authenticate=true\nspark.authenticate.secret={secrets.token_hex(32)}\n"
        )
        # Spark 4.3 starts it by default, on a fixed port, and it asks for no secret.
        stream.write("spark.master.rest.enabled=false\n")


class _ClusterStarter:
    """Starts the processes of one cluster."""

    def __init__(self, spec: ClusterSpec, session: ProcessSpawner, directory: Path) -> None:
        self.spec = spec
        self.session = session
        self.directory = directory

    def master(self) -> tuple[str, str]:
        """Start the master and return its URL and that of its page."""
        pid = self._start("master", "master.Master", ())
        log = self.directory / "master" / "log"

        def look() -> tuple[str, str] | None:
            said = log.read_text("utf-8", "replace")
            url, port = _MASTER_URL.search(said), _MASTER_UI.search(said)
            if url and port:
                return url[1], f"http://{LOOPBACK}:{port[1]}"
            self._check_alive(pid, "master")
            return None

        return self._wait("master", look)

    def workers(self, master: str, ui: str) -> None:
        """Start the workers, and wait until the master knows them all."""
        options = ("--cores", str(self.spec.cores), "--memory", self.spec.memory)
        pids = {}
        for index in range(self.spec.workers):
            name = f"worker-{index}"
            place = ("--work-dir", str(self.directory / name / "work"))
            pids[name] = self._start(name, "worker.Worker", (*options, *place, master))

        def look() -> bool | None:
            for name, pid in pids.items():
                self._check_alive(pid, name)
            return registered_workers(ui) == self.spec.workers or None

        self._wait("worker-0", look)

    def _start(self, name: str, role: str, arguments: tuple[str, ...]) -> int:
        directory = self.directory / name
        temporary = directory / "tmp"
        temporary.mkdir(parents=True)
        listen = ("--host", LOOPBACK, "--port", "0", "--webui-port", "0")
        secret = ("--properties-file", str(properties_of(self.directory)))
        program = str(self.spec.home.path / "bin" / "spark-class")
        return self.session.start(
            Program(
                argv=(program, f"org.apache.spark.deploy.{role}", *listen, *secret, *arguments),
                env=self._environ(temporary),
                cwd=directory,
                output=directory / "log",
            )
        )

    def _environ(self, temporary: Path) -> dict[str, str]:
        spec = self.spec
        jvm = Jvm(
            java=spec.java,
            temporary=temporary,
            home=temporary,
            class_data=spec.class_data.spark,
            delay_c2=spec.delay_c2,
        )
        tools = self.directory / "tools"
        environ = daemon_environ(spec.home, spec.java, tools, temporary, jvm.options())
        return {**environ, **launcher_environ(spec.class_data.launcher)}

    def _check_alive(self, pid: int, name: str) -> None:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            raise self._failed(name, "it ended") from None

    def _wait(self, name: str, look: Callable[[], T | None]) -> T:
        found = wait_for(look, START_LIMIT)
        if found is None:
            raise self._failed(name, f"it was not up after {START_LIMIT:.0f} s")
        return found

    def _failed(self, name: str, reason: str) -> ExternalError:
        log = (self.directory / name / "log").read_text("utf-8", "replace")[-_LOG_TAIL:]
        return ExternalError(f"could not start the Spark {name}: {reason}: {redact(log).strip()}")
