"""Clearing away what was left by clients and supervisors that were killed."""

import shutil
import time
from pathlib import Path

from sparkferry.targets.local.warm import cluster_down
from sparkferry.targets.supervise.directory import RunDirectory, clusters_dir, runs_dir
from sparkferry.targets.supervise.session import is_alive, kill_remains

_KEEP = 7 * 24 * 3600.0
"""Seconds after which the files of a run that nobody asked for are removed, unless its job left some."""

_YOUNG = 600.0
"""Seconds in which a directory without a living supervisor may be one that is just being started."""


def reap() -> None:
    """End the processes of dead supervisors, and remove their clusters.

    Cheap where there is nothing to do. The files of runs stay for the ledger to keep.

    :raises ExternalError: a process cannot be killed.
    """
    for directory in _dead(clusters_dir()):
        cluster_down(directory)
    for directory in _dead(runs_dir()):
        kill_remains(directory)
        if _age(directory) > _KEEP and not _holds_results(RunDirectory(directory)):
            shutil.rmtree(directory, ignore_errors=True)


def _holds_results(run: RunDirectory) -> bool:
    """Return whether the job left anything in its own directories, which exists nowhere else."""
    return any(path.is_file() for place in (run.work, run.home) for path in place.rglob("*"))


def _dead(parent: Path) -> list[Path]:
    found = sorted(parent.iterdir()) if parent.is_dir() else ()
    return [path for path in found if path.is_dir() and not is_alive(path) and _was_started(path)]


def _was_started(directory: Path) -> bool:
    return (directory / "supervisor.pid").exists() or _age(directory) > _YOUNG


def _age(directory: Path) -> float:
    return time.time() - directory.stat().st_mtime
