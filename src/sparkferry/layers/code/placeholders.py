"""What would ship in place of content that is not on this machine."""

from collections.abc import Iterator
from pathlib import Path

import msgspec

from sparkferry.errors import Diagnostic
from sparkferry.layers.code.contents import code_contents
from sparkferry.project.model import Project
from sparkferry.snapshot.model import Absent, File, Snapshot
from sparkferry.snapshot.placeholders import LIMIT, placeholder

_DVC = ".dvc"


def placeholder_problems(project: Project, snapshot: Snapshot) -> tuple[Diagnostic, ...]:
    """Return an error for each pointer that would ship, and a warning for what ships without content.

    `snapshot.allow` lets a pointer ship.

    :raises UserError: an ``include`` pattern is not valid.
    """
    return (*_pointers(project, snapshot), *_absent(project, snapshot))


def _pointers(project: Project, snapshot: Snapshot) -> Iterator[Diagnostic]:
    for member in code_contents(project, snapshot).members:
        file = member.content
        if not isinstance(file, File) or file.path in project.settings.snapshot.allow:
            continue
        if found := _placeholder(file):
            what, remedy = found
            allowed = f'let it ship as it is: `[tool.sparkferry] snapshot.allow = ["{file.path}"]`'
            message = f"could not ship `{file.path}`: it is {what}"
            yield Diagnostic("error", message, f"{remedy}; or {allowed}", file.path)
        elif file.path.endswith(_DVC) and not _beside(project, file.path).exists():
            message = f"`{file.path.removesuffix(_DVC)}` does not ship: DVC has not fetched it"
            yield Diagnostic("warning", message, "fetch it: `dvc pull`", file.path)


def _placeholder(file: File) -> tuple[str, str] | None:
    if not 0 < file.size < LIMIT:
        return None
    with file.source.open("rb") as stream:
        return placeholder(file.path, stream.read(LIMIT))


def _beside(project: Project, path: str) -> Path:
    return project.root / path.removesuffix(_DVC)


def _absent(project: Project, snapshot: Snapshot) -> Iterator[Diagnostic]:
    """Yield what would ship if it were there."""
    if not snapshot.absent:
        return
    files = {_file(project, item): item for item in snapshot.absent}
    whole = msgspec.structs.replace(snapshot, files=(*snapshot.files, *files))
    for member in code_contents(project, whole).members:
        item = files.get(member.content) if isinstance(member.content, File) else None
        if item:
            yield Diagnostic("warning", f"`{item.path}` {item.reason}", item.hint, item.path)


def _file(project: Project, item: Absent) -> File:
    return File(item.inner, project.root / item.inner, 0, executable=False, modified=0)
