"""What a job left where it is lost: in its working directory, in its home, and beside its code.

These directories end with the run, so that no other run depends on them. Their files are kept with the
run's records, below :data:`sparkferry.targets.api.LEFT`::

    work/…                  the driver's working directory
    home/…                  the driver's home, without hidden files and directories
    code/… packages/… python/…   what was written into the driver's layers, or changed there
    executors/home/…        the home of all executors
    executors/<id>/work/…   the working directory of an executor
    executors/<id>/code/…   what was written into its code
"""

import os
import re
import zipfile
import zlib
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from sparkferry.base.cache import Cache
from sparkferry.files import CHUNK
from sparkferry.layers.model import DIRECTORIES, Layer
from sparkferry.layers.unpacked import written_into
from sparkferry.targets.api import LEFT
from sparkferry.targets.supervise.directory import STREAMS, RunDirectory, Submission

_DRIVER_NOISE = frozenset({"derby.log"})
"""What Spark itself writes into the working directory and no one asks for: the log of Hive's database."""

_EXECUTOR_OWN = frozenset({*STREAMS, *DIRECTORIES.values()})
"""What is in the working directory of every executor."""

_SESSION = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
"""Directory of the artifacts of one Spark session, in an executor's working directory."""

_SHIPPING = ("spark.files", "spark.jars", "spark.archives", "spark.submit.pyFiles")
"""Properties that name files which Spark copies to executors."""

_UNFIT = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
"""What no key of a store may hold."""

_READ_ONLY = 0o444


def shipped_names(conf: Mapping[str, str]) -> tuple[str, ...]:
    """Return the names under which Spark's own properties put files beside an executor."""
    named = (conf.get(name, "") for name in _SHIPPING)
    files = (file for files in named for file in files.split(",") if file)
    return tuple(sorted({file.rpartition("#")[2].rpartition("/")[2] for file in files}))


def leftovers(run: RunDirectory, cache: Cache) -> dict[str, Path]:
    """Return the files that the job left, by their name among the run's records.

    They are made read-only: the run has ended, and a store links such files instead of copying them.

    :raises ExternalError: the cache cannot be written.
    :raises OSError: another process is removing the run.
    """
    submission = run.submission
    if submission is None:
        return {}
    found = {
        **_named("work", _files(run.work, _DRIVER_NOISE)),
        **_named("home", _visible(run.home)),
        **_named("executors/home", _visible(run.executors.home)),
        **_in_layers(run, submission, cache),
        **_of_executors(run, submission),
    }
    for path in found.values():
        with suppress(OSError):  # it belongs to a container's user, or has gone
            path.chmod(_READ_ONLY)
    return {f"{LEFT}/{fit(name)}": path for name, path in found.items()}


def fit(name: str) -> str:
    r"""Return ``name`` as a store can hold it: control characters and bytes that are not UTF-8 as ``%0A``."""

    def quoted(found: re.Match[str]) -> str:
        return "".join(f"%{byte:02X}" for byte in os.fsencode(found[0]))

    return _UNFIT.sub(quoted, name)


def _named(area: str, files: Mapping[str, Path]) -> dict[str, Path]:
    return {f"{area}/{name}": path for name, path in files.items()}


def _in_layers(run: RunDirectory, submission: Submission, cache: Cache) -> dict[str, Path]:
    found = {}
    for layer in submission.layers:
        name = DIRECTORIES[layer.kind]
        place = run.environment / name
        if layer.kind == "code":
            found.update(_named(name, _beside(place, layer)))
        else:
            written = written_into(layer, cache)
            found.update(_named(name, {file: place / file for file in written}))
    return found


def _of_executors(run: RunDirectory, submission: Submission) -> dict[str, Path]:
    result = run.result() or {}
    own = {*_EXECUTOR_OWN, *submission.shipped, *result.get("shipped", ())}
    code = [layer for layer in submission.layers if layer.kind == "code"]
    found = {}
    for application in run.applications():
        for executor in application.iterdir():
            area = f"executors/{executor.name}"
            sessions = {path.name for path in executor.iterdir() if _SESSION.fullmatch(path.name)}
            found.update(_named(f"{area}/work", _files(executor, own | sessions)))
            for layer in code:
                place = executor / DIRECTORIES[layer.kind]
                found.update(_named(f"{area}/code", _beside(place, layer)))
    return found


def _beside(place: Path, layer: Layer) -> dict[str, Path]:
    """Return the files below ``place`` that are not as the code layer has them, without bytecode."""
    known: dict[str, int] = {}
    # Without the layer nothing tells which files were the job's: all are kept.
    with suppress(OSError, zipfile.BadZipFile), zipfile.ZipFile(layer.path) as archive:
        known = {info.filename: info.CRC for info in archive.infolist()}
    files = {name: path for name, path in _files(place).items() if "__pycache__/" not in name}
    return {name: path for name, path in files.items() if known.get(name) != _crc(path)}


def _crc(path: Path) -> int:
    value = 0
    with path.open("rb") as stream:
        while chunk := stream.read(CHUNK):
            value = zlib.crc32(chunk, value)
    return value


def _visible(directory: Path) -> dict[str, Path]:
    """Return the files of a home; what begins with a dot there are caches and settings of tools."""
    hidden = {path.name for path in directory.glob(".*")} if directory.is_dir() else set()
    return _files(directory, hidden)


def _files(directory: Path, without: Collection[str] = ()) -> dict[str, Path]:
    """Return the regular files below ``directory``, and links to such, but none whose first part is named."""
    found = (path for path in _below(directory, without) if _is_own_file(path, directory))
    return {str(path.relative_to(directory)): path for path in found}


def _below(directory: Path, without: Collection[str]) -> Iterator[Path]:
    for parent, directories, files in os.walk(directory):
        if parent == str(directory):
            directories[:] = [name for name in directories if name not in without]
            files = [name for name in files if name not in without]  # noqa: PLW2901
        yield from (Path(parent, name) for name in files)


def _is_own_file(path: Path, directory: Path) -> bool:
    """Return whether ``path`` leads to a file of ``directory``; another place keeps its own files."""
    if not path.is_symlink():
        return path.is_file()
    end = path.resolve()
    return end.is_file() and end.is_relative_to(directory.resolve())
