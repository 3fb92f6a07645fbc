"""Wheels, fetched for code that can be imported with them."""

from sparkferry.base.cache import Cache
from sparkferry.errors import Diagnostic, raise_errors
from sparkferry.layers.imports.find import import_findings
from sparkferry.layers.model import Selection, Wheel
from sparkferry.layers.modules.provided import provided_at_hand, provided_by
from sparkferry.layers.wheels.get import fetch_wheels
from sparkferry.progress import Progress
from sparkferry.project.model import Project
from sparkferry.snapshot.model import Snapshot

_ACTION = "pack the code"


def fetch_for_code(
    project: Project, snapshot: Snapshot, selection: Selection, cache: Cache, progress: Progress
) -> tuple[tuple[Wheel, ...], tuple[Diagnostic, ...]]:
    """Return the wheels of the selection, and warnings of what the code imports beside them.

    Nothing is fetched where imports fail whatever the wheels hold.

    :raises DiagnosticsError: a job imports what does not ship; or packages have no wheel.
    :raises UserError: a local file that the lock names is not there.
    :raises ExternalError: an index refused or is out of reach, or a build failed.
    """
    known = provided_at_hand(selection, cache)
    found = import_findings(project, snapshot, known, cache)
    raise_errors(_ACTION, found)
    wheels = fetch_wheels(selection, cache, progress)
    if known.unread:
        known = provided_by(wheels, selection.environment, cache)
        found = import_findings(project, snapshot, known, cache)
        raise_errors(_ACTION, found)
    return wheels, found
