"""Noticing an application whose executors die again and again: Spark would start new ones for ever."""

import time
from collections.abc import Iterator

from sparkferry.process import redact
from sparkferry.targets.supervise.directory import STREAMS, RunDirectory
from sparkferry.targets.supervise.rest import executors_with_tasks

LIMIT = 10
"""Executors in a row that may end before they get a task.

The number is that of Spark's ``spark.deploy.maxExecutorRetries``, which itself never applies: the count
begins anew as soon as the process of an executor exists (``Master.executorStateChanged``; run on 4.0).
"""

_EVERY = 1.0
_LOG_TAIL = 600


class ExecutorLossMonitor:
    """Looks at the executors of one run, seldom enough not to slow its driver down."""

    def __init__(self) -> None:
        self._asked = float("-inf")

    def abort_reason(self, run: RunDirectory) -> str | None:
        """Return why the application is hopeless, or None while it is not.

        It is never hopeless where the driver has no page to ask (``spark.ui.enabled=false``).
        """
        submission, started = run.submission, run.started
        now = time.monotonic()
        if submission is None or started is None or not started.ui or now - self._asked < _EVERY:
            return None
        self._asked = now
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
