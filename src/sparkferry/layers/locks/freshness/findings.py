"""Whether the lock, of whichever kind, still is what pyproject.toml asks for."""

from collections.abc import Iterable, Iterator

from sparkferry.errors import Diagnostic
from sparkferry.layers.locks.freshness.direct import direct_findings
from sparkferry.layers.locks.freshness.poetry import poetry_findings
from sparkferry.layers.locks.freshness.uv import uv_findings
from sparkferry.layers.locks.lock import Lock
from sparkferry.layers.model import Environment, Pin
from sparkferry.project.model import Project


def freshness_findings(
    project: Project, lock: Lock, pins: Iterable[Pin] | None, environment: Environment
) -> Iterator[Diagnostic]:
    """Yield what pyproject.toml asks for and the lock does not have; errors are certain.

    The verdict depends on files alone. ``pins`` is what the lock names for ``environment``; None where
    it could not be selected, which is reported elsewhere.

    :raises UserError: the lock cannot be read.
    """
    if lock.kind == "uv":
        yield from uv_findings(project, lock)
    elif pins is not None:
        yield from direct_findings(project, lock, {pin.name: pin for pin in pins}, environment)
    if lock.kind == "poetry":
        yield from poetry_findings(project, lock)
