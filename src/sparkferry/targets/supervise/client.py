"""What the clients of drivers on this machine have in common: everything but how a driver is started."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import msgspec

from sparkferry.clock import Clock
from sparkferry.env import Env
from sparkferry.errors import of_system
from sparkferry.targets.api import LogChunk, Output, Record, Stage, Status
from sparkferry.targets.supervise.directory import RunDirectory
from sparkferry.targets.supervise.leftovers import leftovers
from sparkferry.targets.supervise.outcome import status_of
from sparkferry.targets.supervise.rest import active_stages
from sparkferry.targets.supervise.runs import (
    find_handle,
    handle_of,
    make_run,
    outputs_of,
    read_file,
    remove_run,
    results_of,
    run_of,
)
from sparkferry.targets.supervise.session import Session, ask_to_end


class Begun(msgspec.Struct, frozen=True):
    """A run that is about to have a driver."""

    handle: str
    run: RunDirectory
    session: Session


class SupervisedClient:
    """See :class:`~sparkferry.targets.api.Client`; a kind adds ``submit``."""

    kind: str
    """Name of the kind, with which handles begin."""
    poll_seconds: float

    def __init__(self, env: Env) -> None:
        self._env = env
        self._stages = Stages()
        self._attached: dict[str, Session] = {}

    def close(self) -> None:
        """End the runs that are attached to this client and have not ended."""
        for session in self._attached.values():
            session.close()
        self._attached.clear()

    @contextmanager
    def begin(
        self,
        run_id: str,
        record: Record,
        *,
        attached: bool,
        undo: Callable[[], None] | None = None,
    ) -> Iterator[Begun]:
        """Yield a new run, whose driver is started meanwhile; nothing of it is left if that fails.

        ``undo`` is called then, after the run's processes have ended.

        :raises ExternalError: the run was started before.
        """
        run = make_run(run_id)
        begun = Begun(handle_of(self.kind, run_id), run, Session(run.path))
        try:
            record("handle", begun.handle)
            yield begun
        except BaseException:
            begun.session.close()
            remove_run(run)
            if undo:
                undo()
            raise
        if attached:
            self._attached[begun.handle] = begun.session
        else:
            begun.session.detach()

    def find(self, run_id: str) -> str | None:
        """Return the handle of a run that was started here."""
        return find_handle(self.kind, run_id)

    def status(self, handle: str) -> Status:
        """Return the run's state, with its stages once it has gone on for some time."""
        status = status_of(run_of(handle))
        if status.state != "running":
            return status
        return msgspec.structs.replace(status, stages=self._stages.of(handle, status.ids))

    def wait(self, handle: str, clock: Clock) -> None:
        """Wait for some time, or for the end of a run that is attached to this client."""
        session = self._attached.get(handle)
        if session:
            session.wait(self.poll_seconds)
        else:
            clock.sleep(self.poll_seconds)

    def read_log(self, handle: str, name: str, cursor: str | None) -> LogChunk:
        """Return what a log holds after ``cursor``."""
        return read_file(run_of(handle).files().get(name), cursor)

    def cancel(self, handle: str) -> None:
        """Ask the driver to end; it is killed after some seconds."""
        ask_to_end(run_of(handle).path)

    def outputs(self, handle: str) -> Iterator[Output]:
        """Yield what the driver, and executors of this machine, left.

        :raises ExternalError: another process is removing it, since it has finished the run.
        """
        run = run_of(handle)
        try:
            yield from outputs_of({**run.files(), **leftovers(run, self._env.cache)})
            yield from results_of(run)
        except OSError as error:
            raise of_system(error) from error

    def cleanup(self, handle: str) -> None:
        """Remove the run's directory, when its processes have ended."""
        self.end(handle)
        remove_run(run_of(handle))

    def end(self, handle: str) -> None:
        """End the run if it is attached to this client."""
        session = self._attached.pop(handle, None)
        if session:
            session.close()


_AFTER = 5.0
"""Seconds that a run goes on before its driver is asked for stages: the first answer costs it a second."""

_EVERY = 1.0
"""Seconds between two questions, because the driver's REST API slows the driver down."""


class Stages:
    """Active stages, polled at most once a second."""

    def __init__(self) -> None:
        self._seen: dict[str, float] = {}
        self._asked = float("-inf")
        self._known: tuple[Stage, ...] = ()

    def of(self, handle: str, ids: Mapping[str, str]) -> tuple[Stage, ...]:
        """Return the active stages as they were at most a second ago."""
        now = time.monotonic()
        if "ui" not in ids or now - self._seen.setdefault(handle, now) < _AFTER:
            return ()
        if now - self._asked >= _EVERY:
            self._asked = now
            self._known = active_stages(ids["ui"], ids["application"])
        return self._known
