"""Hash-checking mode: each file that ships must be allowed by the lines that it comes from.

As in pip, one option ``--hash`` switches the mode on for all lines
(https://pip.pypa.io/en/stable/topics/secure-installs/); the hash in the fragment of an address is held
against its own file alone. As in uv, a hash of a constraint counts like
that of the requirement; where both have hashes, a file needs one of each.
"""

import os
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path

from sparkferry.errors import Diagnostic
from sparkferry.layers.environment import markers
from sparkferry.layers.locks.allow import Allowances
from sparkferry.layers.locks.requirements.model import Line, Requirements
from sparkferry.layers.model import Environment
from sparkferry.uv.project import project_settings

_VARIABLES = ("PIP_REQUIRE_HASHES", "UV_REQUIRE_HASHES")
_TRUE = frozenset({"1", "true", "t", "yes", "y", "on"})

_HOW = "let `uv pip compile --generate-hashes` or `pip-compile --generate-hashes` write the file"


def hashes_required(found: Requirements, directory: Path) -> bool:
    """Tell whether the file in ``directory``, or a setting there, demands that hashes are checked."""
    return found.require_hashes or hashes_demanded(directory)


def hashes_demanded(directory: Path) -> bool:
    """Tell whether a variable of pip's or uv's, or ``[tool.uv.pip]``, demands that hashes are checked."""
    variables = (os.environ.get(name, "").strip().lower() for name in _VARIABLES)
    tables = (table.get("pip", {}) for _, table in project_settings(directory))
    return any(value in _TRUE for value in variables) or any(
        isinstance(table, dict) and table.get("require-hashes") is True for table in tables
    )


def applying(found: Requirements, environment: Environment) -> tuple[Line, ...]:
    """Return the requirements and constraints whose markers hold in ``environment``."""
    from packaging.markers import Marker

    values = {**markers(environment), "extra": ""}
    return tuple(
        line for line in found.lines if not line.marker or Marker(line.marker).evaluate(values)
    )


def allowances(lines: Sequence[Line]) -> Allowances:
    """Return what lines with digests allow, of those that apply."""
    named = {line.name for line in lines if line.name and line.digests}
    return {
        name: tuple(line.allowed for line in lines if line.name == name and line.digests)
        for name in sorted(named)
    }


def line_problems(lines: Sequence[Line], *, hashed: bool) -> Iterator[Diagnostic]:
    """Yield why requirements that apply cannot be had, all at once; ``hashed`` is the mode."""
    for line in lines:
        if line.is_constraint:
            continue
        if line.problem:
            yield line.refused(line.problem, line.hint or _HOW)
        elif line.digests and line.name is None:
            reason = "its name is not known, so nothing could be held against its hash"
            yield line.refused(reason, f"write it as `name @ {line.shown}`")
        elif hashed:
            same = [other for other in lines if other.name == line.name]
            yield from _unchecked(line, same if line.name else [line])


def _unchecked(line: Line, same: Sequence[Line]) -> Iterator[Diagnostic]:
    """Yield why nothing could be held against the hashes of a requirement and its constraints."""
    if line.source in {"directory", "vcs"}:
        what = "directories" if line.source == "directory" else "repositories"
        reason = f"hashes are required, and {what} have none"
        yield line.refused(reason, "depend on a released file, or take all hashes out of the file")
    elif not any(chain.from_iterable(other.digests for other in same)):
        yield line.refused("it has no hash, although hashes are required", _HOW)
    elif line.source == "index" and not any(other.version for other in same):
        yield line.refused("hashes are required, and it is not pinned to a version with `==`", _HOW)
