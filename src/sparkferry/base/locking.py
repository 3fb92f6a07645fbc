"""Locks between processes that end with their holder, however it dies.

A lock is an ``flock`` on a file or directory. Whoever holds it may remove the path itself, so a
lock counts only if the path still leads to what was locked.
"""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def holding(path: Path) -> Iterator[None]:
    """Hold the lock file ``path``, created if need be, while the block runs; wait for it."""
    handle = _lock_file(path)
    try:
        yield
    finally:
        os.close(handle)


@contextmanager
def scratch(parent: Path) -> Iterator[Path]:
    """Yield a new directory in ``parent``, gone when the block ends.

    It is locked for as long as this process lives, so :func:`sweep` knows what is in use.
    """
    path, handle = _lock_new_directory(parent)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)
        os.close(handle)


def sweep(parent: Path) -> None:
    """Remove what dead processes left in ``parent``: everything there that nobody holds locked."""
    for path in sorted(parent.iterdir()) if parent.is_dir() else ():
        handle = _open(path)
        if handle is None:
            continue
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _is_same(path, handle):
                _discard(path)
        except BlockingIOError:
            continue
        finally:
            os.close(handle)


def _lock_file(path: Path) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    while True:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        fcntl.flock(handle, fcntl.LOCK_EX)
        if _is_same(path, handle):
            return handle
        os.close(handle)


def _lock_new_directory(parent: Path) -> tuple[Path, int]:
    parent.mkdir(parents=True, exist_ok=True)
    while True:
        path = parent / os.urandom(8).hex()
        path.mkdir()
        handle = _open(path)
        if handle is None:
            continue
        fcntl.flock(handle, fcntl.LOCK_EX)
        if _is_same(path, handle):
            return path, handle
        os.close(handle)


def _open(path: Path) -> int | None:
    try:
        return os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return None


def _is_same(path: Path, handle: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(handle))
    except FileNotFoundError:
        return False


def _discard(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
