"""The driver's program: logging, session, environment, import, job, in this order."""

from __future__ import annotations

import faulthandler
import logging
import os
import platform
import signal
import sys
import time
from contextlib import contextmanager, suppress
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING

from sparkferry.runtime import job
from sparkferry.runtime.audit import ImportAudit, judged
from sparkferry.runtime.context import JobContext
from sparkferry.runtime.ended import Ended, Terminated, outcome_of
from sparkferry.runtime.report import write_json
from sparkferry.runtime.session import session
from sparkferry.runtime.spec import Spec

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pyspark.sql import SparkSession

_LOG = logging.getLogger("sparkferry")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the job that ``--spec JSON`` describes and return the driver's exit code.

    0: it succeeded; 1: it failed; 130 and 143: it was interrupted or terminated. ``started.json``,
    ``result.json`` and ``audit.json`` are written to the specification's ``report`` directory.

    :raises ValueError: the arguments are not ``--spec JSON``.
    """
    spec = _spec(sys.argv[1:] if argv is None else argv)
    _start_logging()
    begun = time.monotonic()
    driver = _Driver(spec)
    with _sigterm_raised():
        ended = outcome_of(driver.perform)
    seconds = round(time.monotonic() - begun, 3)
    ended = driver.audited(ended)
    write_json(Path(spec.report), "result.json", _result(ended, driver.context, seconds))
    _LOG.info("%s %s after %.1f s", spec.run_id, ended.state, seconds)
    driver.stop()
    return ended.code


class _Driver:
    """What is alive while the job runs."""

    def __init__(self, spec: Spec) -> None:
        self._spec = spec
        self._spark: SparkSession | None = None
        self._audit: ImportAudit | None = None
        self.context = JobContext(
            spec.run_id, spec.tier, spec.output.rstrip("/"), dict(spec.config), spec.argv
        )

    def perform(self) -> object:
        """Start the session, report the environment, and run the job."""
        self._spark = session(self._spec.run_id)
        self._audit = ImportAudit(self._spark)
        started = _started(self._spark)
        write_json(Path(self._spec.report), "started.json", started)
        _LOG.info("%s", " ".join(f"{key}={value}" for key, value in started.items()))
        return job.run(self._spec, self._spark, self.context)

    def audited(self, ended: Ended) -> Ended:
        """Record what was imported, unless the run was cancelled: then it must end at once."""
        if self._audit is None or ended.state == "cancelled":
            return ended
        audit = self._audit.take()
        write_json(Path(self._spec.report), "audit.json", audit)
        return judged(ended, audit, strict=self._spec.strict)

    def stop(self) -> None:
        """Stop the session; that it may have died before changes nothing any more."""
        if self._spark is not None:
            with suppress(Exception):
                self._spark.stop()


def _spec(argv: Sequence[str]) -> Spec:
    if len(argv) != 2 or argv[0] != "--spec":
        raise ValueError("could not read the arguments: expected `--spec JSON`")
    return Spec.from_json(argv[1])


def _start_logging() -> None:
    """Log to standard error, show every line at once, and tell where the interpreter crashed."""
    faulthandler.enable()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(line_buffering=True, write_through=True)
    logging.basicConfig(
        level=logging.INFO,
        stream=sys.stderr,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
    logging.getLogger("py4j").setLevel(logging.WARNING)


@contextmanager
def _sigterm_raised() -> Iterator[None]:
    """Turn SIGTERM into :class:`Terminated` inside, and ignore it afterwards: the end is near."""

    def terminate(*_: object) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        raise Terminated("the run was terminated")

    signal.signal(signal.SIGTERM, terminate)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)


def _started(spark: SparkSession) -> dict[str, str | int | None]:
    context = spark.sparkContext
    return {
        "application_id": context.applicationId,
        "ui": context.uiWebUrl,
        "spark": spark.version,
        "master": context.master,
        "python": platform.python_version(),
        "executable": sys.executable,
        "platform": platform.platform(),
        "hash_seed": os.environ.get("PYTHONHASHSEED"),
        "pid": os.getpid(),
    }


def _result(ended: Ended, context: JobContext, seconds: float) -> dict[str, object]:
    return {
        "state": ended.state,
        "result": ended.result,
        "counters": context.counts(),
        "seconds": seconds,
        "error": ended.error,
        "warnings": list(ended.warnings),
    }
