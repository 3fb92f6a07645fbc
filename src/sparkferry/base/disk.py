"""What can happen to a cache's disk, and how its entries come to their place."""

import errno
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import TypeVar

from sparkferry.errors import ExternalError

T = TypeVar("T")

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


@contextmanager
def explained(root: Path, inner: AbstractContextManager[T]) -> Iterator[T]:
    """Run ``inner``, and say of a full or forbidden disk below ``root`` what can be done about it.

    :raises ExternalError: the disk is full, or ``root`` may not be used.
    """
    try:
        with inner as value:
            yield value
    except OSError as error:
        if error.errno in _FULL:
            raise ExternalError(
                f"could not write to the cache `{root}`: its disk is full",
                hint="free some space, run `sparkferry gc`, or let SPARKFERRY_CACHE_DIR name "
                "a directory on another disk",
            ) from error
        if isinstance(error.filename, str) and Path(error.filename).is_relative_to(root):
            raise ExternalError(
                f"could not use the cache `{root}`: {error.strerror}: {error.filename}",
                hint="let SPARKFERRY_CACHE_DIR name a directory that you may write to",
            ) from error
        raise


def move_into_place(made: Path, place: Path) -> None:
    """Move the complete directory ``made`` to ``place``, unless something is there already."""
    place.parent.mkdir(parents=True, exist_ok=True)
    try:
        made.rename(place)
    except OSError as error:
        if error.errno not in {errno.ENOTEMPTY, errno.EEXIST}:
            raise


def touch(path: Path) -> bool:
    """Note that ``path`` was used now, where that is allowed; return whether it is there."""
    with suppress(OSError):
        os.utime(path)
        return True
    return path.exists()
