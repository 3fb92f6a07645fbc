"""The embedded target: runs of this machine, in one process or on an embedded cluster."""

import shutil
import time
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from socket import gethostname
from typing import TYPE_CHECKING

import msgspec

from sparkferry.base.cache import Cache
from sparkferry.errors import SparkferryError, WorldError, of_system
from sparkferry.files import CHUNK
from sparkferry.paths import state_dir
from sparkferry.progress import QUIET, Progress, Task
from sparkferry.project.kinds.local import LocalTarget
from sparkferry.targets.api import Files, Stage, Status
from sparkferry.targets.local.background import Work, make_class_data_later
from sparkferry.targets.local.container import command
from sparkferry.targets.local.containers import container_of
from sparkferry.targets.local.driver import Driver, executor_environ
from sparkferry.targets.local.engine import engine_of
from sparkferry.targets.local.files import VERDICT, RunDirectory, runs_dir
from sparkferry.targets.local.installation import installation_of
from sparkferry.targets.local.launch import LOCAL_MASTER, Launch
from sparkferry.targets.local.leftovers import leftovers
from sparkferry.targets.local.located import output_of
from sparkferry.targets.local.outcome import status_of
from sparkferry.targets.local.paths import check_plan
from sparkferry.targets.local.reap import reap
from sparkferry.targets.local.records import write_record
from sparkferry.targets.local.request import RENDERED_MASTER, Places, render, rendered
from sparkferry.targets.local.rest import active_stages
from sparkferry.targets.local.session import Session, ask_to_end, exit_of, is_alive, kill_remains
from sparkferry.targets.local.waiting import wait_for
from sparkferry.targets.local.watch import Watch
from sparkferry.targets.plan import Plan, Request

if TYPE_CHECKING:
    from sparkferry.image.cargo import ImageCargo

HANDLE = "local:"
"""What every handle begins with; ``<run-id>@<host>:<state directory>`` follows."""

_STAGES_AFTER = 5.0
"""Seconds that a run goes on before its driver is asked for stages: the first answer costs it a second."""

_STAGES_EVERY = 1.0
_END_LIMIT = 30.0


_ATTACHED: dict[str, Session] = {}
"""Sessions that end with this process, by handle."""


class EmbeddedTarget:
    """Spark on this machine."""

    poll_seconds = 0.1

    def __init__(self, settings: LocalTarget, cache: Cache) -> None:
        self._settings = settings
        self._cache = cache
        self._stages = _Stages()
        self._watch = Watch()

    def render(self, plan: Plan) -> Request:
        """Return the spark-submit line, or the engine's command with it."""
        run = RunDirectory(runs_dir() / plan.run_id)
        master = RENDERED_MASTER if plan.target.workers else LOCAL_MASTER
        if plan.image is None:
            places = Places(
                environment=run.environment,
                report=run.report,
                master=master,
                executor_environ=executor_environ(run),
                work=run.work,
            )
            return render(plan, places)
        installation = installation_of(plan, self._settings, self._cache, QUIET)
        container = container_of(plan, plan.image, run, installation)
        program = Driver(plan, installation, run).program(master)
        last = plan.target.workers + 1 if plan.target.workers else 0
        argv = command(program, container, last)
        return rendered(argv, {"argv": argv})

    def receive(self, image: "ImageCargo", progress: Progress) -> None:
        """Give the image to the container engine, unless it has it.

        :raises WorldError: there is no engine, or it does not take the image.
        """
        from sparkferry.image.cargo import cargo_archive

        engine = engine_of(self._settings)
        if engine.holds(image.run.name):
            return
        size = sum(layer.descriptor.size for layer in image.part.image.layers)
        with progress.task(f"loading the image into {engine.program}", size) as task:
            archive = cargo_archive(image, self._cache, progress)
            engine.load(image.run.name, _told(archive, task))

    def submit(
        self,
        plan: Plan,
        record: Callable[[str, str], None],
        progress: Progress,
        *,
        attached: bool = True,
    ) -> str:
        """Start the driver, on a warm cluster, on one of its own, or in one process.

        :raises UserError: there is no Java for the plan's Spark, or a directory has a name that Spark
            would read as something else.
        :raises WorldError: Spark cannot be installed or does not start, or a layer is gone.
        """
        check_plan(plan, self._cache)
        run, handle = RunDirectory(runs_dir() / plan.run_id), f"{HANDLE}{plan.run_id}@{_here()}"
        reap()
        installation = installation_of(plan, self._settings, self._cache, progress)
        _make(run)
        session = Session(run.path)
        try:
            record("handle", handle)
            Launch(plan, installation, run, session).start(record, self._cache, progress)
        except BaseException:
            session.close()
            _remove(run)
            if plan.image:
                _remove_empty(output_of(plan))
            raise
        if attached:
            _ATTACHED[handle] = session
        else:
            session.detach()
        return handle

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

    def logs(self, handle: str, name: str, offset: int) -> Iterator[bytes]:
        """Yield what a log holds from ``offset`` on."""
        path = _run(handle).files().get(name)
        if path is None:
            return
        with path.open("rb") as stream:
            stream.seek(offset)
            while chunk := stream.read(CHUNK):
                yield chunk

    def cancel(self, handle: str) -> None:
        """Ask the driver to end; it is killed after some seconds."""
        ask_to_end(_run(handle).path)

    def collect(self, handle: str) -> Files:
        """Return what the driver and the executors left.

        :raises WorldError: another process is removing it, since it has finished the run.
        """
        run = _run(handle)
        try:
            return Files(paths={**run.files(), **leftovers(run, self._cache)})
        except OSError as error:
            raise of_system(error) from error

    def release(self, handle: str) -> None:
        """Remove the run's directory, and its files from a warm cluster."""
        run = _run(handle)
        session = _ATTACHED.pop(handle, None)
        if session:
            session.close()
        submission = run.submission
        if submission and submission.output:
            _remove_empty(Path(submission.output))
        if submission and submission.lacks_class_data:
            work = Work(home=submission.home, java=submission.java)
            with suppress(SparkferryError):
                make_class_data_later(work, self._cache)
        for application in list(run.applications()):
            shutil.rmtree(application, ignore_errors=True)
        _remove(run)

    def forget(self, images: Collection[str], *, dry_run: bool) -> tuple[str, ...]:
        """Remove images from the container engine, where there is one."""
        if self._settings.container is None or not images:
            return ()
        engine = engine_of(self._settings)
        engine.check()
        there = tuple(name for name in sorted(images) if engine.holds(name))
        if there and not dry_run:
            engine.remove(there)
        return there


def _told(data: Iterable[bytes], task: Task) -> Iterator[bytes]:
    """Yield the same, and report it as done."""
    for chunk in data:
        yield chunk
        task.advance(len(chunk))


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
