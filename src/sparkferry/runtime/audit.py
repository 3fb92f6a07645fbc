"""The import audit: what driver and executors imported, and whether any of it came from elsewhere."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sparkferry.runtime.executors import ExecutorsError, ask_workers
from sparkferry.runtime.imports import Import, Places, imported, in_order, places
from sparkferry.runtime.sent import Sent

if TYPE_CHECKING:
    from collections.abc import Collection

    from pyspark.sql import SparkSession

    from sparkferry.runtime.ended import Ended

_SECONDS = 30.0
"""The executors' part gives up after this time: a run never hangs on its audit."""


class ImportAudit:
    """Takes the audit when the session stops, or when asked, whichever comes first.

    A script may stop the session itself; its executors must be asked before that.
    """

    def __init__(self, spark: SparkSession) -> None:
        self._spark = spark
        self._sent = Sent()
        self._places = places()
        self._taken: dict[str, Any] | None = None
        context = spark.sparkContext
        stop = context.stop

        def stop_after_audit() -> None:
            self.take()
            stop()

        context.stop = stop_after_audit

    def take(self) -> dict[str, Any]:
        """Return ``driver``, ``executors`` by id, ``outside`` and ``problem``, as JSON data; once."""
        if self._taken is None:
            executors, problem = _of_executors(self._spark, self._sent.kinds)
            self._taken = audit_of(_imports(self._places), executors, problem)
        return self._taken


def audit_of(
    driver: list[dict[str, Any]],
    executors: dict[str, list[dict[str, Any]]],
    problem: str | None = None,
) -> dict[str, Any]:
    """Return the audit; ``outside`` holds what came from none of the layers nor from Spark."""
    everyone = {"driver": driver, **{f"executor {key}": it for key, it in executors.items()}}
    return {
        "driver": driver,
        "executors": executors,
        "outside": [
            {"process": process, **entry}
            for process, entries in everyone.items()
            for entry in entries
            if entry["origin"] == "system"
        ],
        "problem": problem,
    }


def judged(ended: Ended, audit: dict[str, Any], *, strict: bool) -> Ended:
    """Return the outcome with the audit's findings: warnings, or with ``strict`` a failure."""
    findings = _findings(audit["outside"])
    if audit["problem"] is not None:
        findings.append(f"the imports of the executors are not known: {audit['problem']}")
    if not findings:
        return ended
    if strict and ended.state == "succeeded":
        error = {"type": "StrictAuditError", "message": "; ".join(findings), "traceback": ""}
        return replace(ended, state="failed", code=1, error=error)
    return replace(ended, warnings=(*ended.warnings, *findings))


def _findings(outside: list[dict[str, Any]]) -> list[str]:
    """Return a line for each import, whatever the number of processes that share it."""
    processes: dict[tuple[str, str], list[str]] = {}
    for entry in outside:
        processes.setdefault((entry["name"], entry["path"]), []).append(entry["process"])
    return [
        f"`{name}` was imported from outside of the layers, from {path}, by {', '.join(who)}"
        for (name, path), who in processes.items()
    ]


def _imports(where: Places) -> list[dict[str, Any]]:
    return [entry._asdict() for entry in imported(where)]


def _of_worker() -> list[dict[str, Any]]:
    return _imports(places())


def _of_executors(
    spark: SparkSession, kinds: Collection[str]
) -> tuple[dict[str, list[dict[str, Any]]], str | None]:
    """Ask the workers that ran functions of the job; without such there is nobody to ask."""
    try:
        answers = ask_workers(spark, _of_worker, frozenset(kinds), _SECONDS)
    except ExecutorsError as error:
        return {}, str(error)
    found: dict[str, set[Import]] = {}
    for executor, entries in answers:
        found.setdefault(executor, set()).update(Import(**entry) for entry in entries)
    return {
        executor: [entry._asdict() for entry in in_order(entries)]
        for executor, entries in sorted(found.items())
    }, None
