"""The files that tell the laptop about the run: written whole or not at all.

A report goes to a directory of the driver's machine, or to a URI that Hadoop's file systems of the driver's
virtual machine write to (``hdfs://``, ``gs://``, ``s3a://``, ``viewfs://``, …).
"""

from __future__ import annotations

import json
import logging
import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_LOG = logging.getLogger("sparkferry")

_ATOMIC = ("s3a", "gs", "abfs", "abfss", "wasb", "wasbs")
"""Schemes of object stores: an object is there when its stream is closed, and renaming copies it."""

_SIGNAL_LIMIT = 10.0
"""Seconds that a report may take when the driver was told to end."""


class Report:
    """Where a run is reported to: ``place`` is a directory or a URI."""

    def __init__(self, place: str) -> None:
        self._place = place.rstrip("/")
        self._directory = _directory(self._place)
        self._hadoop: tuple[Any, Any] | None = None

    def connect(self, spark: SparkSession) -> None:
        """Take the virtual machine and Hadoop's configuration, which outlive the session."""
        context = spark.sparkContext
        self._hadoop = (context._jvm, context._jsc.hadoopConfiguration())  # noqa: SLF001 - no other door

    def write(self, name: str, data: object) -> None:
        """Write ``data`` under ``name``; readers see the whole file or none.

        What cannot be written elsewhere, without a session or with a dead one, goes to the log.
        """
        text = json.dumps(data, allow_nan=False)
        if self._directory is not None:
            _replace(self._directory, name, text)
        elif self._hadoop is None:
            _LOG.error("could not write %s/%s without a session: %s", self._place, name, text)
        else:
            try:
                _write(*self._hadoop, f"{self._place}/{name}", text)
            except Exception as error:  # noqa: BLE001 - whatever py4j raises where the virtual machine is dead
                _LOG.error("could not write %s/%s: %s: %s", self._place, name, error, text)

    def write_from_handler(self, name: str, data: object) -> None:
        """Write out of a signal handler.

        A call to the virtual machine may be under way in this thread: another one has a connection of
        its own.
        """
        if self._directory is not None:
            self.write(name, data)
            return
        thread = threading.Thread(target=self.write, args=(name, data), daemon=True)
        thread.start()
        thread.join(_SIGNAL_LIMIT)


def _directory(place: str) -> Path | None:
    """Return the directory that is meant, or None for a URI of another scheme."""
    scheme, found, rest = place.partition("://")
    if not found:
        return Path(place)
    return Path(rest) if scheme == "file" else None


def _replace(directory: Path, name: str, text: str) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    temporary = directory / f".{name}.{os.getpid()}"
    temporary.write_text(text, encoding="ascii")
    temporary.replace(directory / name)


def _write(jvm: Any, conf: Any, uri: str, text: str) -> None:  # noqa: ANN401 - py4j has no types
    path = jvm.org.apache.hadoop.fs.Path
    target, temporary = path(uri), path(f"{uri}.{os.getpid()}")
    system = target.getFileSystem(conf)
    if uri.partition("://")[0] in _ATOMIC:
        _fill(system, target, text)
        return
    _fill(system, temporary, text)
    if not system.rename(temporary, target):
        system.delete(target, False)
        system.rename(temporary, target)


def _fill(system: Any, path: Any, text: str) -> None:  # noqa: ANN401 - py4j has no types
    stream = system.create(path, True)
    stream.write(bytearray(text.encode("ascii")))
    stream.close()
