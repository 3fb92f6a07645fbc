"""What the masters of a standalone cluster tell on their pages.

``/json/`` is what Spark's ``JsonProtocol.writeMasterState`` writes; the version stands on the page itself
alone, in ``<span class="version">`` (run on 4.0.5).
"""

import re
from collections.abc import Iterator

import msgspec

from sparkferry.errors import ExternalError
from sparkferry.process import redact
from sparkferry.project.kinds.standalone import StandaloneTarget
from sparkferry.targets.supervise.rest import read_page

_SECONDS = 5.0
"""How long a page may take."""

_VERSION = re.compile(r'<span class="version"[^>]*>\s*([0-9][^<\s]*)\s*</span>')
_ALIVE = "ALIVE"


class Worker(msgspec.Struct, frozen=True, rename={"ui": "webuiaddress"}):
    """A worker as its master knows it."""

    id: str
    ui: str
    """URL of its page."""
    cores: int
    memory: int
    """In mebibytes."""
    state: str


class Master(msgspec.Struct, frozen=True):
    """What a master tells."""

    url: str
    status: str
    """``ALIVE``, ``STANDBY``, …"""
    workers: tuple[Worker, ...]
    version: str | None = None
    """Full version of Spark, which :func:`find_master` alone looks for."""

    @property
    def alive(self) -> tuple[Worker, ...]:
        """The workers that are alive."""
        return tuple(worker for worker in self.workers if worker.state == _ALIVE)


def find_master(settings: StandaloneTarget) -> Master:
    """Return the master that is alive.

    :raises ExternalError: none answers, or all are on standby.
    """
    said = []
    for page in settings.pages:
        master = read_master(page)
        if master and master.status == _ALIVE:
            return msgspec.structs.replace(master, version=_version(page))
        said.append(f"`{redact(page)}` {_why(master)}")
    raise ExternalError(
        f"could not reach a master of `{settings.master}`: {', '.join(said)}",
        hint="start the cluster, or name the masters' pages by `master-ui` of the target",
    )


def read_master(page: str) -> Master | None:
    """Return what the master of ``page`` tells, or None if it is not a master's, or does not answer."""
    said = read_page(f"{page.rstrip('/')}/json/", _SECONDS)
    try:
        return msgspec.json.decode(said or b"", type=Master)
    except msgspec.MsgspecError:
        return None


def room(workers: tuple[Worker, ...], cores: int, memory: str) -> int:
    """Return how many executors of this size the workers hold; pure."""
    wanted = mebibytes(memory)
    return sum(min(worker.cores // cores, worker.memory // wanted) for worker in workers)


def mebibytes(memory: str) -> int:
    """Return a size such as ``512m`` or ``2g`` in mebibytes."""
    return int(memory[:-1]) * (1024 if memory.endswith("g") else 1)


def sizes(workers: tuple[Worker, ...]) -> Iterator[str]:
    """Yield each worker's size in words."""
    return (f"{worker.cores} cores and {worker.memory} MiB" for worker in workers)


def _version(page: str) -> str | None:
    text = (read_page(f"{page.rstrip('/')}/", _SECONDS) or b"").decode("utf-8", "replace")
    found = _VERSION.search(text)
    return found[1] if found else None


def _why(master: Master | None) -> str:
    if master is None:
        return "does not answer as a master's page does"
    return f"is {master.status.lower()}"
