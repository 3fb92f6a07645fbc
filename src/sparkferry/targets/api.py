"""The interface of a target, alone."""

from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

import msgspec

from sparkferry.progress import Progress
from sparkferry.targets.plan import Plan, Request

if TYPE_CHECKING:
    from sparkferry.image.cargo import ImageCargo

RemoteState = Literal["starting", "running", "succeeded", "failed", "cancelled", "lost"]
"""State of a submission as its target tells it; the last four are final."""


LEFT = "files"
"""Directory, in the names of :class:`Files`, of what a job left where nothing lasts: its working directory,
its home, its own code."""


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


class Files(msgspec.Struct, frozen=True, kw_only=True):
    """What a finished submission left, by name relative to the run.

    ``result.json``, ``audit.json``, ``logs/driver.log``, ``logs/executors/0/stderr``, …; what the job
    wrote outside of its output location as ``files/work/…``, ``files/home/…``, see :data:`LEFT`.
    """

    paths: dict[str, Path]


class Target(Protocol):
    """A place where Spark runs. ``handle`` is what :meth:`submit` returned, from the ledger."""

    poll_seconds: float
    """How long to wait between two looks at a submission."""

    def render(self, plan: Plan) -> Request:
        """Return the native request; pure, nothing is sent or started."""
        ...

    def receive(self, image: "ImageCargo", progress: Progress) -> None:
        """Have the image that a run is carried in ready where its containers are started.

        Only targets whose settings ask for an image are given one.

        :raises WorldError: it cannot be brought there.
        """
        ...

    def submit(
        self,
        plan: Plan,
        record: Callable[[str, str], None],
        progress: Progress,
        *,
        attached: bool = True,
    ) -> str:
        """Submit and return the handle.

        ``record(name, id)`` is called for every remote id the moment it exists. What is ``attached``
        ends with this process where the target runs on this machine; anything else goes on.
        """
        ...

    def status(self, handle: str) -> Status:
        """Return the submission's state now."""
        ...

    def logs(self, handle: str, name: str, offset: int) -> Iterator[bytes]:
        """Yield what a log holds from ``offset`` (bytes) to its present end; nothing if there is none yet.

        ``name`` is as in :class:`Files`: ``logs/driver.log``, ``logs/executors/0/stderr``.
        """
        ...

    def cancel(self, handle: str) -> None:
        """Stop the submission; nothing happens where it has ended."""
        ...

    def collect(self, handle: str) -> Files:
        """Return the files that the finished submission left on this machine."""
        ...

    def release(self, handle: str) -> None:
        """Free what the finished submission still occupies; its files have been kept by now."""
        ...

    def forget(self, images: Collection[str], *, dry_run: bool) -> tuple[str, ...]:
        """Remove images that runs were carried in, and return the names of those that were there.

        With ``dry_run`` they stay.

        :raises WorldError: who has the images cannot be asked, or one is in use.
        """
        ...
