"""Which files Spark puts into the working directory of every executor of this application."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_LISTS = ("listFiles", "listJars", "listArchives")
"""Methods of ``org.apache.spark.SparkContext`` that return URIs."""


def shipped_names(spark: SparkSession) -> list[str]:
    """Return the names of the files, jars and archives that were given to spark-submit or added since."""
    context = spark.sparkContext._jsc.sc()  # noqa: SLF001 - pyspark has no list of jars
    listed = (str(getattr(context, name)().mkString("\n")) for name in _LISTS)
    uris = (uri for text in listed for uri in text.split("\n") if uri)
    return sorted({_name(uri) for uri in uris})


def _name(uri: str) -> str:
    """Return the file's name, or the one after ``#`` under which an archive is unpacked."""
    return uri.rpartition("#")[2].rpartition("/")[2]
