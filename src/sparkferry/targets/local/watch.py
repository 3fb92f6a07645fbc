"""Noticing an application whose executors die again and again: Spark would start new ones for ever.

The monitor is a process of the run's session, so that a run which nobody follows is given up as well.
"""

import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from sparkferry.process import redact
from sparkferry.targets.supervise.directory import ABORT_REASON, STREAMS, RunDirectory
from sparkferry.targets.supervise.records import write_record
from sparkferry.targets.supervise.rest import executors_with_tasks
from sparkferry.targets.supervise.session import Program, ask_to_end

LIMIT = 10
"""Executors in a row that may end before they get a task.

The number is that of Spark's ``spark.deploy.maxExecutorRetries``, which itself never applies: the count
begins anew as soon as the process of an executor exists (``Master.executorStateChanged``; run on 4.0).
"""

_EVERY = 1.0
"""Seconds between two looks, seldom enough not to slow the driver down."""

_LOG_TAIL = 600

_LATER = 'sleep 15; exec nice -n 10 "$@"'
"""Python starts when the driver and its executors have: ten executors take longer to die than that."""

_MAIN = "import sys; from sparkferry.targets.local.watch import main; main(sys.argv[1])"


def monitor(run: RunDirectory, environ: Mapping[str, str]) -> Program:
    """Return the program that gives the run up when it cannot get on any more."""
    return Program(
        argv=("/bin/sh", "-c", _LATER, "sh", sys.executable, "-c", _MAIN, str(run.path)),
        env=dict(environ),
        cwd=run.path,
        output=run.path / "monitor.log",
    )


def main(directory: str) -> None:
    """Watch the run in ``directory`` for as long as its session lives, which ends this process, too."""
    run = RunDirectory(Path(directory))
    while (reason := abort_reason(run)) is None:
        time.sleep(_EVERY)
    write_record(run.path / ABORT_REASON, reason)
    ask_to_end(run.path)


def abort_reason(run: RunDirectory) -> str | None:
    """Return why the application is hopeless, or None while it is not.

    It is never hopeless where the driver has no page to ask (``spark.ui.enabled=false``).
    """
    submission, started = run.submission, run.started
    if submission is None or started is None or not started.ui:
        return None
    limit = LIMIT + submission.slots
    numbers = sorted(_numbers(run))
    if len(numbers) < limit:
        return None
    useful = executors_with_tasks(started.ui, started.application_id)
    if useful is None or sum(number > max(useful, default=-1) for number in numbers) < limit:
        return None
    return (
        f"{len(numbers)} executors were started, and the last {limit} ended before they got a "
        f"task: {_last_words(run, numbers)}"
    )


def _numbers(run: RunDirectory) -> Iterator[int]:
    for application in run.applications():
        yield from (int(path.name) for path in application.iterdir() if path.name.isdigit())


def _last_words(run: RunDirectory, numbers: list[int]) -> str:
    """Return the end of the newest log of an executor that says anything; some JVMs use stdout."""
    files = run.files()
    for name in (f"logs/executors/{n}/{stream}" for n in reversed(numbers) for stream in STREAMS):
        said = files[name].read_text("utf-8", "replace") if name in files else ""
        # The worker's own line, the executor's command, ends with a rule.
        said = said.rpartition("=\n\n")[2].strip()
        if said:
            return redact(said[-_LOG_TAIL:])
    return "they wrote nothing"
