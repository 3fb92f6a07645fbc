"""The logs of executors, from the pages of their workers.

A worker's ``/json/`` lists its executors (``JsonProtocol.writeWorkerState``); its ``/log/`` answers with a
line ``==== Bytes <from>-<to> of <all> of <path> ====`` and then the bytes (``LogPage.renderLog``; run on
4.0.5).
"""

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from urllib.parse import urlencode

import msgspec

from sparkferry.project.kinds.standalone import StandaloneTarget
from sparkferry.targets.api import LogChunk, Output
from sparkferry.targets.standalone.master import read_master
from sparkferry.targets.supervise.directory import STREAMS
from sparkferry.targets.supervise.rest import read_page

_CHUNK = 1 << 20
_SECONDS = 10.0
_HEAD = re.compile(rb"==== Bytes (\d+)-(\d+) of (\d+) of [^\n]* ====\n")


class _Executor(msgspec.Struct, frozen=True):
    id: int
    appid: str


class _Worker(msgspec.Struct, frozen=True):
    executors: tuple[_Executor, ...] = ()
    finishedexecutors: tuple[_Executor, ...] = ()


class ExecutorLogs:
    """Finds and reads the logs of the executors of applications."""

    def __init__(self, settings: StandaloneTarget) -> None:
        self._settings = settings
        self._known: dict[tuple[str, str], str] = {}

    def read(self, application: str, name: str, cursor: str | None) -> LogChunk:
        """Return what the log ``name`` holds after ``cursor``; nothing where no worker has it."""
        offset = int(cursor or 0)
        address = self._address(application, name)
        data = _bytes(address, offset)[0] if address else b""
        return LogChunk(data, str(offset + len(data)))

    def outputs(self, application: str) -> Iterator[Output]:
        """Yield every log that a worker has and that is not empty."""
        for name, address in sorted(self._addresses(application).items()):
            size = _bytes(address, 0, 1)[1]
            if size:
                fetch = partial(_fetched, address, name)
                yield Output(name=name, size=size, fetch=fetch)

    def _address(self, application: str, name: str) -> str | None:
        if (application, name) not in self._known:
            found = self._addresses(application)
            self._known |= {(application, log): address for log, address in found.items()}
        return self._known.get((application, name))

    def _addresses(self, application: str) -> dict[str, str]:
        masters = (read_master(page) for page in self._settings.pages)
        workers = dict.fromkeys(
            worker.ui for master in masters if master for worker in master.workers
        )
        return {
            f"logs/executors/{number}/{stream}": _log_url(ui, application, number, stream)
            for ui in workers
            for number in _executors(ui, application)
            for stream in STREAMS
        }


def _executors(ui: str, application: str) -> Iterator[int]:
    """Yield the executors of an application that a worker has or had."""
    try:
        said = msgspec.json.decode(read_page(f"{ui}/json/", _SECONDS) or b"{}", type=_Worker)
    except msgspec.MsgspecError:
        return
    both = (*said.executors, *said.finishedexecutors)
    yield from (found.id for found in both if found.appid == application)


def _log_url(ui: str, application: str, number: int, stream: str) -> str:
    query = urlencode({"appId": application, "executorId": number, "logType": stream})
    return f"{ui}/log/?{query}"


def _bytes(address: str, offset: int, limit: int = _CHUNK) -> tuple[bytes, int]:
    """Return a part of a log, and the size of all of it in bytes."""
    said = read_page(f"{address}&offset={offset}&byteLength={limit}", _SECONDS) or b""
    head = _HEAD.match(said)
    if head is None or int(head[1]) != offset:
        return b"", 0
    return said[head.end() :][: int(head[2]) - offset], int(head[3])


@contextmanager
def _fetched(address: str, name: str) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="sparkferry-") as directory:
        path = Path(directory, name.rpartition("/")[2])
        with path.open("wb") as stream:
            while data := _bytes(address, stream.tell())[0]:
                stream.write(data)
        yield path
