"""The probe: a job that proves interpreter, packages and code on every executor."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from sparkferry.runtime.describe import LAYERS, describe, normalised
from sparkferry.runtime.executors import ask_rdd_workers, registered

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pyspark.sql import SparkSession

_SECONDS = 60.0
"""How long executors may take to register and to answer."""
_PAUSE_SECONDS = 0.2
_COMPARED = ("python", "platform", "hash_seed")


class ProbeError(Exception):
    """An executor has something else than the driver, or than was expected."""

    def __init__(self, mismatches: list[str], result: dict[str, Any]) -> None:
        super().__init__("; ".join(mismatches))
        self.result = result
        """What a probe without mismatches returns; recorded with the failed run."""


def run(spark: SparkSession, *, expected: dict[str, Any] | None = None) -> dict[str, Any]:
    """Ask every executor and compare.

    :param expected: any of ``executors`` (how many to wait for), ``python`` (full version),
        ``packages`` (version by name) and ``layers`` (SHA-256 of the archive by kind, reported
        beside the digests of the unpacked trees).
    :returns: ``driver``, ``executors`` by id (the facts of :func:`.describe.describe`), ``layers``
        and ``mismatches``.
    :raises ProbeError: there are mismatches.
    """
    wanted = expected or {}
    driver = describe()
    executors = _ask_all(spark, wanted.get("executors", 1))
    mismatches = list(_mismatches(driver, executors, wanted))
    result = {
        "driver": driver,
        "executors": executors,
        "layers": wanted.get("layers", {}),
        "mismatches": mismatches,
    }
    if mismatches:
        raise ProbeError(mismatches, result)
    return result


def _ask_all(spark: SparkSession, count: int) -> dict[str, dict[str, Any]]:
    """Ask in rounds until every executor has answered, or time is up."""
    limit = time.monotonic() + _SECONDS
    answers: dict[str, dict[str, Any]] = {}
    while True:
        answers.update(ask_rdd_workers(spark, describe))
        if len(answers) >= max(count, registered(spark)) or time.monotonic() > limit:
            return dict(sorted(answers.items()))
        time.sleep(_PAUSE_SECONDS)


def _mismatches(
    driver: Mapping[str, Any],
    executors: Mapping[str, Mapping[str, Any]],
    expected: Mapping[str, Any],
) -> Iterator[str]:
    if len(executors) < expected.get("executors", 1):
        yield f"{len(executors)} of {expected['executors']} executors answered"
    yield from _against("the driver", driver, expected)
    for executor, facts in executors.items():
        yield from _against(f"executor {executor}", facts, expected)
        yield from _between(f"executor {executor}", facts, driver)


def _against(who: str, facts: Mapping[str, Any], expected: Mapping[str, Any]) -> Iterator[str]:
    """Compare with what the plan says."""
    if "python" in expected and facts["python"] != expected["python"]:
        yield f"{who} runs Python {facts['python']}, expected {expected['python']}"
    wanted = {normalised(name): version for name, version in expected.get("packages", {}).items()}
    for name, version in wanted.items():
        found = facts["packages"].get(name)
        if found != version:
            yield f"{who} has {name} {found or 'missing'}, expected {version}"


def _between(who: str, facts: Mapping[str, Any], driver: Mapping[str, Any]) -> Iterator[str]:
    """Compare an executor with the driver."""
    for key in _COMPARED:
        if facts[key] != driver[key]:
            yield f"{who} has {key} {facts[key]}, the driver {driver[key]}"
    for kind in LAYERS:
        found, own = facts["trees"].get(kind), driver["trees"].get(kind)
        if found != own:
            yield f"{who} has other files in the layer {kind} ({found}) than the driver ({own})"
