"""The one session factory of jobs, tests and shells."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyspark.sql import SparkSession


def session(name: str, conf: Mapping[str, str | int | float | bool] | None = None) -> SparkSession:
    """Return the running Spark session, or start one.

    Nothing is assumed about the place: event log (``spark.eventLog.enabled``), Hive
    (``spark.sql.catalogImplementation=hive``) and master come from the properties of
    spark-submit, or from ``conf``; without either, Spark runs in this process.

    :param name: Spark's application name.
    :param conf: Spark properties, over those of spark-submit.
    """
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.appName(name)
    for key, value in (conf or {}).items():
        builder = builder.config(key, _text(value))
    return builder.getOrCreate()


def _text(value: str | float | bool) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
