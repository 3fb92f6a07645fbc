"""Runs on a standalone cluster, whose drivers are supervised on this machine."""

import socket
from collections.abc import Iterator, Mapping

import msgspec

from sparkferry.env import Env
from sparkferry.errors import ExternalError, UserError, of_system
from sparkferry.layers.driver import driver_environment
from sparkferry.project.kinds.standalone import StandaloneTarget
from sparkferry.spark.environ import LOOPBACK
from sparkferry.spark.installation import Installation, Wanted, find_installation
from sparkferry.targets.api import LogChunk, Output, Record, Status
from sparkferry.targets.standalone.logs import ExecutorLogs
from sparkferry.targets.standalone.request import StandaloneRequest
from sparkferry.targets.supervise.directory import RunDirectory, Submission
from sparkferry.targets.supervise.driver import Driver
from sparkferry.targets.supervise.leftovers import leftovers, shipped_names
from sparkferry.targets.supervise.located import driver_layers
from sparkferry.targets.supervise.outcome import status_of
from sparkferry.targets.supervise.records import write_record
from sparkferry.targets.supervise.runs import (
    find_handle,
    handle_of,
    make_directories,
    make_run,
    outputs_of,
    read_file,
    remove_run,
    run_of,
    write_properties,
)
from sparkferry.targets.supervise.session import Session, ask_to_end
from sparkferry.targets.supervise.stages import Stages

KIND = "standalone"
_ANY_PORT = 9


class StandaloneClient:
    """See :class:`~sparkferry.targets.api.Client`."""

    poll_seconds = 0.3

    def __init__(self, settings: StandaloneTarget, env: Env) -> None:
        self._settings = settings
        self._env = env
        self._stages = Stages()
        self._logs = ExecutorLogs(settings)
        self._attached: dict[str, Session] = {}

    def close(self) -> None:
        """End the runs that are attached to this client and have not ended."""
        for session in self._attached.values():
            session.close()
        self._attached.clear()

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
        handle, secrets = handle_of(KIND, plan.run_id), {**secrets, **self._authentication()}
        wanted = Wanted(version=plan.spark)
        installation = find_installation(wanted, env.cache, env.progress)
        host = self._settings.driver_host or own_address(self._settings.master)
        bound = msgspec.structs.replace(request, host=host)
        run = make_run(plan.run_id)
        session = Session(run.path)
        try:
            record("handle", handle)
            record("master", self._settings.master)
            _lay_out(bound, run, installation, env)
            if secrets:
                write_properties(run, secrets)
            driver = Driver(
                installation=installation,
                run=run,
                delay_c2=False,
                environ=env.environ,
                added={"SPARK_PUBLIC_DNS": LOOPBACK},
            )
            record("process", str(session.start(driver.program(bound.submit))))
        except BaseException:
            session.close()
            remove_run(run)
            raise
        if attached:
            self._attached[handle] = session
        else:
            session.detach()
        return handle

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

    def find(self, run_id: str) -> str | None:
        """Return the handle of a run that was started here."""
        return find_handle(KIND, run_id)

    def status(self, handle: str) -> Status:
        """Return the run's state, with its stages once it has gone on for some time."""
        status = status_of(run_of(handle))
        if status.state != "running":
            return status
        return msgspec.structs.replace(status, stages=self._stages.of(handle, status.ids))

    def read_log(self, handle: str, name: str, cursor: str | None) -> LogChunk:
        """Return what a log holds after ``cursor``; executors' come from their workers' pages."""
        run = run_of(handle)
        path = run.files().get(name)
        if path is None and run.started:
            return self._logs.read(run.started.application_id, name, cursor)
        return read_file(path, cursor)

    def cancel(self, handle: str) -> None:
        """Ask the driver to end; it is killed after some seconds."""
        ask_to_end(run_of(handle).path)

    def outputs(self, handle: str) -> Iterator[Output]:
        """Yield what the driver left, and the executors' logs.

        :raises ExternalError: another process is removing it, since it has finished the run.
        """
        run = run_of(handle)
        try:
            yield from outputs_of({**run.files(), **leftovers(run, self._env.cache)})
        except OSError as error:
            raise of_system(error) from error
        if run.started:
            yield from self._logs.outputs(run.started.application_id)

    def cleanup(self, handle: str) -> None:
        """Remove the run's directory."""
        session = self._attached.pop(handle, None)
        if session:
            session.close()
        remove_run(run_of(handle))


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


def _lay_out(
    request: StandaloneRequest, run: RunDirectory, installation: Installation, env: Env
) -> None:
    make_directories(run)
    layers = tuple(driver_layers(request.plan))
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
