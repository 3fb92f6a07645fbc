"""Runs whose drivers this machine keeps: their handles, directories, logs and outputs."""

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from pathlib import Path
from socket import gethostname

from sparkferry.errors import ExternalError
from sparkferry.files import CHUNK
from sparkferry.paths import state_dir
from sparkferry.spark.secrets import properties_text
from sparkferry.targets.api import LogChunk, Output
from sparkferry.targets.supervise.directory import RunDirectory, runs_dir
from sparkferry.targets.supervise.session import exit_of, is_alive, kill_remains, was_started
from sparkferry.targets.supervise.waiting import wait_for

_END_LIMIT = 30.0
"""Seconds that the processes of a session may take to end."""


def handle_of(kind: str, run_id: str) -> str:
    """Return the handle of a run: ``<kind>:<run-id>@<host>:<state directory>``."""
    return f"{kind}:{run_id}@{_here()}"


def find_handle(kind: str, run_id: str) -> str | None:
    """Return the handle of a run whose supervisor was started here, or None."""
    started = was_started(runs_dir() / run_id)
    return handle_of(kind, run_id) if started else None


def run_of(handle: str) -> RunDirectory:
    """Return the directory of a run of this machine and user.

    :raises ExternalError: the run is another's, of whom nothing can be known here.
    """
    run_id, _, place = handle.partition(":")[2].partition("@")
    if place not in {"", _here()}:
        raise ExternalError(
            f"could not ask for the run `{run_id}`: it was started at `{place}`, this is `{_here()}`",
            hint="look there; another SPARKFERRY_STATE_DIR or HOME is another place, too",
        )
    return RunDirectory(runs_dir() / run_id.replace("/", "_"))


def make_run(run_id: str) -> RunDirectory:
    """Make the directory of a run.

    :raises ExternalError: the run was started before.
    """
    run = RunDirectory(runs_dir() / run_id)
    run.path.parent.mkdir(parents=True, exist_ok=True)
    try:
        run.path.mkdir()
    except FileExistsError as error:
        raise ExternalError(
            f"could not start the run `{run.path.name}`: it was started before",
            hint=f"remove `{run.path}` if nothing runs any more",
        ) from error
    return run


def make_directories(run: RunDirectory) -> None:
    """Make the directories that the driver and executors of this machine write to."""
    own = (run.report, run.work, run.temporary, run.home)
    for directory in (*own, run.executors.home, run.executors.temporary):
        directory.mkdir(parents=True)


def write_properties(run: RunDirectory, secrets: Mapping[str, str], more: str = "") -> Path:
    """Write Spark properties that hold secrets, and ``more`` lines, to a file that only the user reads."""
    handle = os.open(run.properties, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        stream.write(more + properties_text(secrets))
    return run.properties


def remove_run(run: RunDirectory) -> None:
    """Remove the directory of a run, when its processes have ended."""
    wait_for(lambda: exit_of(run.path) or not is_alive(run.path) or None, _END_LIMIT)
    kill_remains(run.path)
    shutil.rmtree(run.path, ignore_errors=True)


def read_file(path: Path | None, cursor: str | None) -> LogChunk:
    """Return what a file holds after ``cursor``, a number of bytes; nothing if there is no file."""
    offset = int(cursor or 0)
    if path is None:
        return LogChunk(b"", str(offset))
    with path.open("rb") as stream:
        stream.seek(offset)
        data = stream.read(CHUNK)
    return LogChunk(data, str(offset + len(data)))


def outputs_of(files: Mapping[str, Path]) -> Iterator[Output]:
    """Yield files of this machine as outputs, by name.

    :raises OSError: one is gone.
    """
    for name, path in sorted(files.items()):
        yield Output(name=name, size=path.stat().st_size, fetch=partial(_at_hand, path))


def results_of(run: RunDirectory) -> Iterator[Output]:
    """Yield the files that a run wrote to its output location, where they are to be sent to a store.

    Hadoop's checksum files stay: stores have their own.

    :raises OSError: one is gone.
    """
    for path in sorted(run.output.rglob("*")):
        if path.is_file() and not (path.name.startswith(".") and path.suffix == ".crc"):
            name, fetch = str(path.relative_to(run.output)), partial(_at_hand, path)
            yield Output(name=name, size=path.stat().st_size, is_result=True, fetch=fetch)


def _at_hand(path: Path) -> AbstractContextManager[Path]:
    return nullcontext(path)


def _here() -> str:
    return f"{gethostname()}:{state_dir()}"
