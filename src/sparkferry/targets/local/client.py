"""Runs of this machine, in one process or on an embedded cluster."""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

import msgspec

from sparkferry.env import Env
from sparkferry.errors import SparkferryError, of_system
from sparkferry.project.kinds.local import LocalTarget
from sparkferry.targets.api import LogChunk, Output, Record, Status
from sparkferry.targets.local.background import Work, make_class_data_later
from sparkferry.targets.local.installation import installation_of
from sparkferry.targets.local.launch import Launch
from sparkferry.targets.local.paths import check_plan
from sparkferry.targets.local.reap import reap
from sparkferry.targets.local.request import LocalRequest
from sparkferry.targets.supervise.leftovers import leftovers
from sparkferry.targets.supervise.located import output_of
from sparkferry.targets.supervise.outcome import status_of
from sparkferry.targets.supervise.runs import (
    find_handle,
    handle_of,
    make_run,
    outputs_of,
    read_file,
    remove_run,
    run_of,
)
from sparkferry.targets.supervise.session import Session, ask_to_end
from sparkferry.targets.supervise.stages import Stages

KIND = "local"


class LocalClient:
    """See :class:`~sparkferry.targets.api.Client`."""

    poll_seconds = 0.1

    def __init__(self, settings: LocalTarget, env: Env) -> None:
        self._settings = settings
        self._env = env
        self._stages = Stages()
        self._attached: dict[str, Session] = {}

    def close(self) -> None:
        """End the runs that are attached to this client and have not ended."""
        for session in self._attached.values():
            session.close()
        self._attached.clear()

    def submit(
        self, request: LocalRequest, secrets: Mapping[str, str], record: Record, *, attached: bool
    ) -> str:
        """Start the driver, on a warm cluster, on one of its own, or in one process.

        :raises UserError: there is no Java for the plan's Spark, or a directory has a name that Spark
            would read as something else.
        :raises ExternalError: Spark cannot be installed or does not start, or a layer is gone.
        """
        plan, handle = request.plan, handle_of(KIND, request.plan.run_id)
        check_plan(plan, self._env.cache)
        reap()
        installation = installation_of(plan, self._settings, self._env)
        run = make_run(plan.run_id)
        session = Session(run.path)
        try:
            record("handle", handle)
            Launch(request, installation, run, session).start(record, secrets, self._env)
        except BaseException:
            session.close()
            remove_run(run)
            if plan.image:
                _remove_empty(output_of(plan))
            raise
        if attached:
            self._attached[handle] = session
        else:
            session.detach()
        return handle

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
        """Return what a log holds after ``cursor``."""
        return read_file(run_of(handle).files().get(name), cursor)

    def cancel(self, handle: str) -> None:
        """Ask the driver to end; it is killed after some seconds."""
        ask_to_end(run_of(handle).path)

    def outputs(self, handle: str) -> Iterator[Output]:
        """Yield what the driver and the executors left.

        :raises ExternalError: another process is removing it, since it has finished the run.
        """
        run = run_of(handle)
        try:
            yield from outputs_of({**run.files(), **leftovers(run, self._env.cache)})
        except OSError as error:
            raise of_system(error) from error

    def cleanup(self, handle: str) -> None:
        """Remove the run's directory, and its files from a warm cluster."""
        run = run_of(handle)
        session = self._attached.pop(handle, None)
        if session:
            session.close()
        submission = run.submission
        if submission and submission.output:
            _remove_empty(Path(submission.output))
        if submission and submission.lacks_class_data:
            work = Work(home=submission.home, java=submission.java)
            try:
                make_class_data_later(work, self._env.cache)
            except SparkferryError as error:
                self._env.progress.message(f"the next run starts as slowly: {error.message}")
        for application in list(run.applications()):
            shutil.rmtree(application, ignore_errors=True)
        remove_run(run)


def _remove_empty(output: Path) -> None:
    """Remove an output location that was made for containers, and that the job left empty."""
    with suppress(OSError):  # it is not, or was never made
        output.rmdir()
