"""Runs of this machine, in one process or on an embedded cluster."""

import shutil
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext, suppress
from functools import partial
from pathlib import Path
from socket import gethostname

import msgspec

from sparkferry.env import Env
from sparkferry.errors import SparkferryError, WorldError, of_system
from sparkferry.files import CHUNK
from sparkferry.paths import state_dir
from sparkferry.project.kinds.local import LocalTarget
from sparkferry.targets.api import LogChunk, Output, Record, Stage, Status
from sparkferry.targets.local.background import Work, make_class_data_later
from sparkferry.targets.local.files import VERDICT, RunDirectory, runs_dir
from sparkferry.targets.local.installation import installation_of
from sparkferry.targets.local.launch import Launch
from sparkferry.targets.local.leftovers import leftovers
from sparkferry.targets.local.located import output_of
from sparkferry.targets.local.outcome import status_of
from sparkferry.targets.local.paths import check_plan
from sparkferry.targets.local.reap import reap
from sparkferry.targets.local.records import write_record
from sparkferry.targets.local.request import LocalRequest
from sparkferry.targets.local.rest import active_stages
from sparkferry.targets.local.session import Session, ask_to_end, exit_of, is_alive, kill_remains
from sparkferry.targets.local.waiting import wait_for
from sparkferry.targets.local.watch import Watch

HANDLE = "local:"
"""What every handle begins with; ``<run-id>@<host>:<state directory>`` follows."""

_STAGES_AFTER = 5.0
"""Seconds that a run goes on before its driver is asked for stages: the first answer costs it a second."""

_STAGES_EVERY = 1.0
_END_LIMIT = 30.0


class LocalClient:
    """See :class:`~sparkferry.targets.api.Client`."""

    poll_seconds = 0.1

    def __init__(self, settings: LocalTarget, env: Env) -> None:
        self._settings = settings
        self._env = env
        self._stages = _Stages()
        self._watch = Watch()
        self._attached: dict[str, Session] = {}

    def close(self) -> None:
        """End the runs that are attached to this client and have not ended."""
        for session in self._attached.values():
            session.close()
        self._attached.clear()

    def submit(self, request: LocalRequest, record: Record, *, attached: bool) -> str:
        """Start the driver, on a warm cluster, on one of its own, or in one process.

        :raises UserError: there is no Java for the plan's Spark, or a directory has a name that Spark
            would read as something else.
        :raises WorldError: Spark cannot be installed or does not start, or a layer is gone.
        """
        plan, cache, progress = request.plan, self._env.cache, self._env.progress
        check_plan(plan, cache)
        run, handle = RunDirectory(runs_dir() / plan.run_id), _handle(plan.run_id)
        reap()
        installation = installation_of(plan, self._settings, cache, progress)
        _make(run)
        session = Session(run.path)
        try:
            record("handle", handle)
            Launch(request, installation, run, session).start(record, cache, progress)
        except BaseException:
            session.close()
            _remove(run)
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
        return _handle(run_id) if (runs_dir() / run_id).is_dir() else None

    def status(self, handle: str) -> Status:
        """Return the run's state, with its stages once it has gone on for some time."""
        run = _run(handle)
        status = status_of(run)
        if status.state == "lost":
            kill_remains(run.path)
        if status.state == "running":
            self._give_up(run)
        if status.state != "running" or "ui" not in status.ids:
            return status
        return msgspec.structs.replace(status, stages=self._stages.of(handle, status.ids))

    def _give_up(self, run: RunDirectory) -> None:
        """End a run that cannot get on any more."""
        verdict = self._watch.verdict(run)
        if verdict:
            write_record(run.path / VERDICT, verdict)
            ask_to_end(run.path)

    def read_log(self, handle: str, name: str, cursor: str | None) -> LogChunk:
        """Return what a log holds after ``cursor``, a number of bytes."""
        path, offset = _run(handle).files().get(name), int(cursor or 0)
        if path is None:
            return LogChunk(b"", str(offset))
        with path.open("rb") as stream:
            stream.seek(offset)
            data = stream.read(CHUNK)
        return LogChunk(data, str(offset + len(data)))

    def cancel(self, handle: str) -> None:
        """Ask the driver to end; it is killed after some seconds."""
        ask_to_end(_run(handle).path)

    def outputs(self, handle: str) -> Iterator[Output]:
        """Yield what the driver and the executors left.

        :raises WorldError: another process is removing it, since it has finished the run.
        """
        run = _run(handle)
        try:
            files = {**run.files(), **leftovers(run, self._env.cache)}
            for name, path in sorted(files.items()):
                yield Output(name=name, size=path.stat().st_size, fetch=partial(_at_hand, path))
        except OSError as error:
            raise of_system(error) from error

    def cleanup(self, handle: str) -> None:
        """Remove the run's directory, and its files from a warm cluster."""
        run = _run(handle)
        session = self._attached.pop(handle, None)
        if session:
            session.close()
        submission = run.submission
        if submission and submission.output:
            _remove_empty(Path(submission.output))
        if submission and submission.lacks_class_data:
            work = Work(home=submission.home, java=submission.java)
            with suppress(SparkferryError):
                make_class_data_later(work, self._env.cache)
        for application in list(run.applications()):
            shutil.rmtree(application, ignore_errors=True)
        _remove(run)


def _at_hand(path: Path) -> AbstractContextManager[Path]:
    return nullcontext(path)


class _Stages:
    """The stages of running drivers, asked for seldom enough not to slow them down."""

    def __init__(self) -> None:
        self._seen: dict[str, float] = {}
        self._asked = float("-inf")
        self._known: tuple[Stage, ...] = ()

    def of(self, handle: str, ids: dict[str, str]) -> tuple[Stage, ...]:
        """Return the active stages as they were at most a second ago."""
        now = time.monotonic()
        if now - self._seen.setdefault(handle, now) < _STAGES_AFTER:
            return ()
        if now - self._asked >= _STAGES_EVERY:
            self._asked = now
            self._known = active_stages(ids["ui"], ids["application"])
        return self._known


def _run(handle: str) -> RunDirectory:
    """Return the directory of a run of this machine and user.

    :raises WorldError: the run is another's, of whom nothing can be known here.
    """
    run_id, _, place = handle.removeprefix(HANDLE).partition("@")
    if place not in {"", _here()}:
        raise WorldError(
            f"could not ask for the run `{run_id}`: it was started at `{place}`, this is `{_here()}`",
            hint="look there; another SPARKFERRY_STATE_DIR or HOME is another place, too",
        )
    return RunDirectory(runs_dir() / run_id.replace("/", "_"))


def _handle(run_id: str) -> str:
    return f"{HANDLE}{run_id}@{_here()}"


def _here() -> str:
    return f"{gethostname()}:{state_dir()}"


def _make(run: RunDirectory) -> None:
    run.path.parent.mkdir(parents=True, exist_ok=True)
    try:
        run.path.mkdir()
    except FileExistsError as error:
        raise WorldError(
            f"could not start the run `{run.path.name}`: it was started before",
            hint=f"remove `{run.path}` if nothing runs any more",
        ) from error


def _remove(run: RunDirectory) -> None:
    wait_for(lambda: exit_of(run.path) or not is_alive(run.path) or None, _END_LIMIT)
    kill_remains(run.path)
    shutil.rmtree(run.path, ignore_errors=True)


def _remove_empty(output: Path) -> None:
    """Remove an output location that was made for containers, and that the job left empty."""
    with suppress(OSError):  # it is not, or was never made
        output.rmdir()
