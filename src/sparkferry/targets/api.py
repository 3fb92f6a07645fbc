"""The interface of a kind of target: what it is, what it needs, and the client that talks to it."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Literal, Protocol, TypeVar

import msgspec

from sparkferry.carriers.api import Carrier
from sparkferry.clock import Clock
from sparkferry.env import Env
from sparkferry.errors import Diagnostic
from sparkferry.facts import Facts
from sparkferry.project.kinds.target import TargetSettings
from sparkferry.project.model import Project
from sparkferry.targets.capabilities import Capabilities
from sparkferry.targets.plan import Plan

RemoteState = Literal["starting", "running", "succeeded", "failed", "cancelled", "lost"]
"""State of a submission as its target tells it; the last four are final."""

LEFT = "files"
"""Directory, in the names of :class:`Output`, of what a job left where nothing lasts: its working directory,
its home, its own code."""

Record = Callable[[str, str], None]
"""Records a remote id: ``record(name, id)``, called the moment the id exists."""


class Stage(msgspec.Struct, frozen=True, kw_only=True):
    """Progress of one Spark stage."""

    id: int
    name: str
    done: int
    """Tasks finished."""
    total: int
    """Tasks in all."""


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """What a target says of a submission at one moment."""

    state: RemoteState
    reason: str | None = None
    """Why, where the target says so."""
    ids: dict[str, str] = {}
    """Remote ids that are known by now, as ``application: app-…``, ``ui: http://…``."""
    stages: tuple[Stage, ...] = ()


class LogChunk(msgspec.Struct, frozen=True):
    """A part of a log."""

    data: bytes
    """Empty where nothing is new."""
    cursor: str
    """Where to go on reading; opaque."""


class Output(msgspec.Struct, frozen=True, kw_only=True):
    """A file that a finished submission left.

    ``result.json``, ``audit.json``, ``logs/driver.log``, ``logs/executors/0/stderr``, …; what the job
    wrote outside of its output location as ``files/work/…``, ``files/home/…``, see :data:`LEFT`.
    """

    name: str
    """Relative to the run."""
    size: int
    """In bytes."""
    is_result: bool = False
    """Whether it belongs to the run's output location, and ``name`` is relative to that."""
    fetch: Callable[[], AbstractContextManager[Path]]
    """Yields the whole content as a file of this machine, for as long as the context lasts."""


class Request(Protocol):
    """A target's native request."""

    @property
    def media_type(self) -> str:
        """``text/x-shellscript``, ``application/json`` or ``application/yaml``."""
        ...

    @property
    def text(self) -> str:
        """The request as a person would send it."""
        ...

    def data(self) -> object:
        """Return the request as data, for JSON."""
        ...


R = TypeVar("R", bound=Request)
R_contra = TypeVar("R_contra", bound=Request, contravariant=True)
S_contra = TypeVar("S_contra", bound=TargetSettings, contravariant=True)


class Client(Protocol[R_contra]):
    """Talks to one target for one command. ``handle`` is what :meth:`submit` returned, from the ledger."""

    poll_seconds: float
    """How long to wait between two looks at a submission."""

    def submit(
        self, request: R_contra, secrets: Mapping[str, str], record: Record, *, attached: bool
    ) -> str:
        """Submit ``request`` and return the handle.

        ``secrets`` are Spark properties that no process list, request or record may show. What is
        ``attached`` ends with this process where the kind is capable of it.

        :raises UserError: this machine lacks what the request needs.
        :raises ExternalError: the target refused it, or cannot be reached.
        """
        ...

    def find(self, run_id: str) -> str | None:
        """Return the handle of the submission of a run, or None if the target knows of none."""
        ...

    def status(self, handle: str) -> Status:
        """Return the submission's state now; nothing is changed."""
        ...

    def wait(self, handle: str, clock: Clock) -> None:
        """Return after :attr:`poll_seconds`, or when the client knows that the submission has changed."""
        ...

    def read_log(self, handle: str, name: str, cursor: str | None) -> LogChunk:
        """Return what a log holds after ``cursor``, or from its beginning; a part of it where it is large.

        ``name`` is as in :class:`Output`: ``logs/driver.log``, ``logs/executors/0/stderr``.
        """
        ...

    def cancel(self, handle: str) -> None:
        """Stop the submission; nothing happens where it has ended."""
        ...

    def outputs(self, handle: str) -> Iterator[Output]:
        """Yield the files that the finished submission left where the target has them."""
        ...

    def cleanup(self, handle: str) -> None:
        """Free what the finished submission still occupies; its outputs have been kept by now."""
        ...


class Clusters(Protocol):
    """Clusters that a kind keeps between runs."""

    def up(self) -> str:
        """Start the target's cluster, unless it runs, and return its master's URL."""
        ...

    def down(self, *, everything: bool) -> Iterator[tuple[str, str | None]]:
        """Stop the target's cluster, or every one of this user.

        Yield the master's URL of each cluster, and what is different about one that goes on.
        """
        ...

    def summaries(self) -> list[dict[str, str | int]]:
        """Return what there is to say of each cluster of this user."""
        ...

    def warm(self) -> str:
        """Make now what later starts are faster with, and return where it is."""
        ...


class Kind(Protocol[S_contra, R]):
    """A kind of target; without state."""

    name: str
    extra: str | None
    """Extra of the distribution that it needs, as ``dataproc``; None where it needs none."""
    capabilities: Capabilities

    def check(self, project: Project, settings: S_contra, env: Env) -> Iterable[Diagnostic]:
        """Yield what keeps a run of the project from being started, found out in milliseconds.

        :raises UserError: this machine lacks what it needs.
        :raises ExternalError: the target does not answer.
        """
        ...

    def facts(self, project: Project, settings: S_contra, env: Env) -> Facts:
        """Return what the place brings; nothing is installed.

        :raises UserError: Spark line, lock, settings and machine do not go together.
        :raises ExternalError: the target does not answer.
        """
        ...

    def carrier(self, project: Project, settings: S_contra, env: Env) -> Carrier:
        """Return what brings artifacts to the target.

        :raises UserError: its ``store`` names none.
        """
        ...

    def request(self, plan: Plan) -> R:
        """Return the native request of a plan; pure."""
        ...

    def open(self, settings: S_contra, env: Env) -> AbstractContextManager[Client[R]]:
        """Open what talks to the target."""
        ...

    def clusters(self, project: Project | None, env: Env) -> Clusters:
        """Return the clusters that the kind keeps, where it is capable of it.

        Without a ``project`` nothing can be asked of the clusters that is about one target.
        """
        ...
