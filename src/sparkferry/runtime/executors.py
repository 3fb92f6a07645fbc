"""Reach the Python processes of executors."""

from __future__ import annotations

import json
import os
import re
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    from pyspark.sql import SparkSession

_GROUP = "sparkferry"
_SPREAD_SECONDS = 0.05
"""A task lasts so long at least, so that none runs in the slot that another has just left."""


class ExecutorsError(RuntimeError):
    """The executors did not answer."""


def executor_id() -> str:
    """Return the id of the executor that this Python process works for.

    Spark does not tell Python. Kubernetes has it in ``SPARK_EXECUTOR_ID``, standalone in the
    address of the log page, YARN names the container; a process without any of them belongs to
    the driver (local mode).
    """
    page = re.search(r"executorId=([^&]+)", os.environ.get("SPARK_LOG_URL_STDERR", ""))
    return (
        os.environ.get("SPARK_EXECUTOR_ID")
        or (page[1] if page else None)
        or os.environ.get("CONTAINER_ID")
        or "driver"
    )


def ask_workers(
    spark: SparkSession, question: Callable[[], object], kinds: Collection[str], seconds: float
) -> list[tuple[str, Any]]:
    """Ask the idle Python workers of every slot, and return executor id and answer of each.

    Spark keeps two pools of workers, for RDD functions and for SQL functions (checked on 3.5, 4.0
    and 4.3); those in ``kinds`` (``rdd``, ``sql``) are asked at the same time. Answers are JSON data.

    :raises ExecutorsError: an error, or no answer within ``seconds``.
    """
    jobs = {"rdd": _ask_rdd_workers, "sql": _ask_sql_workers}
    asked = [_Asked(spark, job, question) for kind, job in jobs.items() if kind in kinds]
    for one in asked:
        one.start()
    limit = time.monotonic() + seconds
    for one in asked:
        one.join(max(0.0, limit - time.monotonic()))
    if any(one.is_alive() for one in asked):
        with suppress(Exception):
            spark.sparkContext.cancelJobGroup(_GROUP)
        raise ExecutorsError(f"no answer within {seconds:g} seconds")
    for one in asked:
        if one.error is not None:
            raise ExecutorsError(str(one.error)) from one.error
    return [(executor, data) for one in asked for executor, data in one.answers]


def ask_rdd_workers(spark: SparkSession, question: Callable[[], object]) -> list[tuple[str, Any]]:
    """Ask one Python worker of every slot; executor id and answer of each."""
    return _read(_ask_rdd_workers(spark, question))


def registered(spark: SparkSession) -> int:
    """Return how many executors are registered now; in local mode one, the driver."""
    if spark.sparkContext.master.partition("[")[0] == "local":
        return 1
    jvm = spark.sparkContext._jsc  # noqa: SLF001 - pyspark has no other door to the executors
    count: int = jvm.sc().getExecutorIds().size()
    return count


def _read(texts: list[str]) -> list[tuple[str, Any]]:
    return [(executor, data) for executor, data in map(json.loads, texts)]


class _Asked(threading.Thread):
    """One Spark job, in a thread of its own: the driver may stop waiting for it."""

    def __init__(
        self,
        spark: SparkSession,
        job: Callable[[SparkSession, Callable[[], object]], list[str]],
        question: Callable[[], object],
    ) -> None:
        super().__init__(name="sparkferry-ask", daemon=True)
        self._job = (spark, job, question)
        self.answers: list[tuple[str, Any]] = []
        self.error: Exception | None = None

    def run(self) -> None:
        spark, job, question = self._job
        try:
            spark.sparkContext.setJobGroup(
                _GROUP, "sparkferry: import audit", interruptOnCancel=True
            )
            self.answers = _read(job(spark, question))
        except Exception as error:  # noqa: BLE001 - carried to the thread that asked
            self.error = error


def _answer(question: Callable[[], object]) -> str:
    time.sleep(_SPREAD_SECONDS)
    return json.dumps((executor_id(), question()))


def _ask_rdd_workers(spark: SparkSession, question: Callable[[], object]) -> list[str]:
    def answer(_: Iterable[int]) -> Iterator[str]:
        yield _answer(question)

    context = spark.sparkContext
    slots = context.defaultParallelism
    answers: list[str] = context.parallelize(range(slots), slots).mapPartitions(answer).collect()
    return answers


def _ask_sql_workers(spark: SparkSession, question: Callable[[], object]) -> list[str]:
    from pyspark.sql.functions import udf

    slots = spark.sparkContext.defaultParallelism
    ask = udf(lambda _: _answer(question), "string", useArrow=False)
    return [row[0] for row in spark.range(0, slots, 1, slots).select(ask("id")).collect()]
