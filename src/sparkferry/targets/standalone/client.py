"""Runs on a standalone cluster, whose drivers are supervised on this machine."""

import socket
from collections.abc import Iterator, Mapping

import msgspec

from sparkferry.env import Env
from sparkferry.errors import ExternalError, UserError
from sparkferry.layers.driver import driver_environment
from sparkferry.project.kinds.standalone import StandaloneTarget
from sparkferry.spark.environ import LOOPBACK
from sparkferry.spark.installation import Installation, Wanted, find_installation
from sparkferry.targets.api import LogChunk, Output, Record
from sparkferry.targets.standalone.logs import ExecutorLogs
from sparkferry.targets.standalone.request import StandaloneRequest
from sparkferry.targets.supervise.client import SupervisedClient
from sparkferry.targets.supervise.directory import RunDirectory, Submission
from sparkferry.targets.supervise.driver import Driver
from sparkferry.targets.supervise.leftovers import shipped_names
from sparkferry.targets.supervise.located import layers_here
from sparkferry.targets.supervise.records import write_record
from sparkferry.targets.supervise.runs import (
    make_directories,
    read_file,
    run_of,
    write_properties,
)

_ANY_PORT = 9


class StandaloneClient(SupervisedClient):
    """See :class:`~sparkferry.targets.api.Client`."""

    kind = "standalone"
    poll_seconds = 0.3

    def __init__(self, settings: StandaloneTarget, env: Env) -> None:
        super().__init__(env)
        self._settings = settings
        self._logs = ExecutorLogs(settings)

    def submit(
        self,
        request: StandaloneRequest,
        secrets: Mapping[str, str],
        record: Record,
        *,
        attached: bool,
    ) -> str:
        """Start the driver, which asks the master for executors.

        :raises UserError: there is no Java for the plan's Spark, or the secret's variable is not set.
        :raises ExternalError: Spark cannot be installed, the master's name is not known, or a layer is gone.
        """
        plan, env = request.plan, self._env
        secrets = {**secrets, **self._authentication()}
        installation = find_installation(Wanted(version=plan.spark), env)
        host = self._settings.driver_host or own_address(self._settings.master)
        bound = msgspec.structs.replace(request, host=host)
        with self.begin(plan.run_id, record, attached=attached) as begun:
            record("master", self._settings.master)
            _lay_out(bound, begun.run, installation, env)
            if secrets:
                write_properties(begun.run, secrets)
            program = _driver(begun.run, installation, env).program(bound.submit)
            record("process", str(begun.session.start(program)))
        return begun.handle

    def _authentication(self) -> dict[str, str]:
        """Return what the cluster's secret means to Spark; nothing where it has none."""
        name = self._settings.secret
        if name is None:
            return {}
        value = self._env.environ.get(name)
        if not value:
            raise UserError(
                f"could not authenticate at `{self._settings.master}`: `{name}` is not set",
                hint=f"export `{name}`, or remove `secret` of the target",
            )
        return {"spark.authenticate": "true", "spark.authenticate.secret": value}

    def read_log(self, handle: str, name: str, cursor: str | None) -> LogChunk:
        """Return what a log holds after ``cursor``; executors' come from their workers' pages."""
        run = run_of(handle)
        path, started = run.files().get(name), run.started
        if path is None and started:
            return self._logs.read(started.application_id, name, cursor)
        return read_file(path, cursor)

    def outputs(self, handle: str) -> Iterator[Output]:
        """Yield what the driver left, and the executors' logs.

        :raises ExternalError: another process is removing it, since it has finished the run.
        """
        yield from super().outputs(handle)
        started = run_of(handle).started
        if started:
            yield from self._logs.outputs(started.application_id)


def own_address(master: str) -> str:
    """Return the address of this machine that packets to the master leave from; nothing is sent.

    :raises ExternalError: the master's name is not known here.
    """
    host = master.removeprefix("spark://").split(",")[0].rpartition(":")[0]
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, _ANY_PORT, type=socket.SOCK_DGRAM
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.connect(address)
            return str(probe.getsockname()[0])
    except OSError as error:
        raise ExternalError(
            f"could not find out how `{host}` reaches this machine: {error}",
            hint="set `driver-host` of the target to the address that executors know",
        ) from error


def _driver(run: RunDirectory, installation: Installation, env: Env) -> Driver:
    added = {"SPARK_PUBLIC_DNS": LOOPBACK}
    return Driver(
        installation=installation, run=run, delay_c2=False, environ=env.environ, added=added
    )


def _lay_out(
    request: StandaloneRequest, run: RunDirectory, installation: Installation, env: Env
) -> None:
    make_directories(run)
    layers = tuple(layers_here(request.plan, env))
    driver_environment(layers, run.environment, env.cache)
    submission = Submission(
        cluster=None,
        warm=False,
        slots=0,
        home=installation.home,
        java=installation.java,
        lacks_class_data=False,
        layers=layers,
        shipped=shipped_names(request.plan.spark_conf),
    )
    write_record(run.path / "submission.json", submission)
