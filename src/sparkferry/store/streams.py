"""Copying streams with progress, in memory that does not grow with the object."""

from typing import IO

from sparkferry.files import CHUNK
from sparkferry.progress import Progress


def copy(source: IO[bytes], sink: IO[bytes], size: int, progress: Progress, title: str) -> None:
    """Copy ``source`` to ``sink`` to its end; ``size`` is what to expect, in bytes."""
    with progress.task(title, size) as task:
        while chunk := source.read(CHUNK):
            sink.write(chunk)
            task.advance(len(chunk))
