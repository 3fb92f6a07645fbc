"""The files that the project's ``include`` patterns name.

Written as in a `.gitignore`; of several that match a file the last decides, also below a directory.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from sparkferry.errors import Diagnostic, UserError
from sparkferry.project.model import Project
from sparkferry.project.places import diagnostic
from sparkferry.snapshot.listing import NEVER_UNTRACKED
from sparkferry.snapshot.model import File, Snapshot

if TYPE_CHECKING:
    from pathspec import PathSpec, Pattern


class Included(msgspec.Struct, frozen=True):
    """What the patterns name."""

    files: tuple[File, ...]
    problems: tuple[Diagnostic, ...]
    """An error for each pattern that names nothing."""


def included(project: Project, snapshot: Snapshot) -> Included:
    """Return what the ``include`` patterns name; a pattern that begins with ``!`` takes away.

    :raises UserError: a pattern is none.
    """
    patterns = project.settings.include
    if not patterns:
        return Included((), ())
    spec = _specs(patterns)
    said = [(file, spec.check_file(_subject(file.path))) for file in snapshot.files]
    seen = {patterns[result.index] for _, result in said if result.index is not None}
    idle = (item for item in patterns if item not in seen and not item.startswith("!"))
    return Included(
        tuple(file for file, result in said if result.include),
        tuple(_nothing(project, item) for item in idle if not _names_any(item, snapshot)),
    )


def _specs(patterns: tuple[str, ...]) -> "PathSpec[Pattern]":
    from pathspec import PathSpec

    try:
        return PathSpec.from_lines("gitignore", patterns)
    except ValueError as error:
        raise UserError(f"could not read the `include` patterns: {error}") from error


def _subject(path: str) -> str:
    # A line break, which no pattern can hold, is not a character to the expressions that pathspec makes.
    return path.replace("\n", "\0")


def _names_any(pattern: str, snapshot: Snapshot) -> bool:
    spec = _specs((pattern,))
    absent = (item.inner for item in snapshot.absent)
    paths = (*(file.path for file in snapshot.files), *absent)
    return any(spec.match_file(_subject(path)) for path in paths)


def _nothing(project: Project, pattern: str) -> Diagnostic:
    spec = _specs((pattern,))
    ignored = next(
        (path for path in on_disk(project.root) if spec.match_file(_subject(path))), None
    )
    if ignored is None:
        reason, hint = "it matches no file", "write it relative to the project, as `conf/**`"
    else:
        reason = f"it matches only ignored files, as `{ignored}`"
        hint = f'name the file itself, as `include = ["{ignored}"]`, or take it out of .gitignore'
    return diagnostic(
        project.origins, ("include",), f"could not include `{pattern}`: {reason}", hint
    )


def on_disk(root: Path) -> Iterator[str]:
    """Yield the files below ``root``, ignored ones too, relative to it."""
    for directory, names, files in os.walk(root):
        names[:] = sorted(set(names) - NEVER_UNTRACKED)
        for name in sorted(set(files) - NEVER_UNTRACKED):
            yield Path(directory, name).relative_to(root).as_posix()
