"""The driver's program: logging, session, environment, import, job, in this order."""

from __future__ import annotations

import faulthandler
import logging
import os
import platform
import signal
import sys
import time
from contextlib import suppress
from io import TextIOWrapper
from typing import TYPE_CHECKING, Any

from sparkferry.runtime import job
from sparkferry.runtime.audit import ImportAudit, judged
from sparkferry.runtime.context import JobContext
from sparkferry.runtime.ended import Ended, outcome_of
from sparkferry.runtime.paths import keep_scripts_apart, script_properties
from sparkferry.runtime.report import Report
from sparkferry.runtime.session import session
from sparkferry.runtime.shipped import shipped_names
from sparkferry.runtime.spec import Spec

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import FrameType

    from pyspark.sql import SparkSession

_LOG = logging.getLogger("sparkferry")
_SIGNALS = (signal.SIGTERM, signal.SIGINT)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the job that ``--spec JSON`` describes and return the driver's exit code.

    0: it succeeded; 1: it failed; 130 and 143: it was interrupted or terminated. ``started.json``,
    ``result.json`` and ``audit.json`` are written to the specification's ``report``.

    :raises ValueError: the arguments are not ``--spec JSON``.
    """
    spec = _spec(sys.argv[1:] if argv is None else argv)
    _start_logging()
    driver = _Driver(spec)
    driver.end_on_signals()
    ended = outcome_of(driver.perform)
    _ignore_signals()
    ended = driver.audited(ended)
    driver.record(ended)
    driver.stop()
    return ended.code


class _Driver:
    """What is alive while the job runs."""

    def __init__(self, spec: Spec) -> None:
        self._spec = spec
        self._begun = time.monotonic()
        self._spark: SparkSession | None = None
        self._audit: ImportAudit | None = None
        self._shipped: list[str] = []
        self._report = Report(spec.report)
        self._context = JobContext(
            spec.run_id, spec.tier, spec.output.rstrip("/"), dict(spec.config), spec.argv
        )

    def perform(self) -> object:
        """Start the session, report the environment, and run the job."""
        keep_scripts_apart()
        self._spark = session(self._spec.run_id, script_properties(self._spec.script))
        self.end_on_signals()
        self._report.connect(self._spark)
        self._audit = ImportAudit(self._spark)
        self._shipped = shipped_names(self._spark)
        started = _started(self._spark)
        self._report.write("started.json", started)
        _LOG.info("%s", " ".join(f"{key}={value}" for key, value in started.items()))
        return job.run(self._spec, self._spark, self._context)

    def audited(self, ended: Ended) -> Ended:
        """Record what was imported, and return the outcome with what that says."""
        if self._audit is None:
            return ended
        audit = self._audit.take()
        self._note_shipped()
        self._report.write("audit.json", audit)
        return judged(ended, audit, strict=self._spec.strict)

    def _note_shipped(self) -> None:
        """Note what the job has sent to executors; a session that it has stopped tells nothing more."""
        if self._spark is not None:
            with suppress(Exception):
                self._shipped = shipped_names(self._spark)

    def record(self, ended: Ended) -> None:
        """Write the result: the run has ended."""
        self._report.write("result.json", self._result(ended))
        _LOG.info("%s %s after %.1f s", self._spec.run_id, ended.state, self._seconds())

    def _seconds(self) -> float:
        return round(time.monotonic() - self._begun, 3)

    def _result(self, ended: Ended) -> dict[str, Any]:
        return {
            "state": ended.state,
            "result": ended.result,
            "counters": self._context.counts(),
            "seconds": self._seconds(),
            "error": ended.error,
            "warnings": list(ended.warnings),
            "shipped": self._shipped,
        }

    def end_on_signals(self) -> None:
        """Let SIGTERM and SIGINT end the run as cancelled; pyspark replaces the latter's handler.

        The handler raises nothing: an exception out of a call to the JVM would leave its answer on
        the connection, where the next call takes it for its own. The process exits, and the JVM's
        shutdown hook stops the session.
        """
        for number in _SIGNALS:
            signal.signal(number, self._end)

    def _end(self, number: int, _: FrameType | None) -> None:
        _ignore_signals()
        name = signal.Signals(number).name
        error = {"type": "Cancelled", "message": f"the driver received {name}", "traceback": ""}
        ended = Ended("cancelled", 128 + number, error=error)
        self._report.write_from_handler("result.json", self._result(ended))
        with suppress(OSError):
            sys.stdout.flush()
        os._exit(128 + number)

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


def _ignore_signals() -> None:
    """Ignore SIGTERM and SIGINT while the result is written."""
    for number in _SIGNALS:
        signal.signal(number, signal.SIG_IGN)


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
