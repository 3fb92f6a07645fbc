"""The files that a requirements file consists of: itself, and those that it includes."""

import os
from collections.abc import Iterator
from pathlib import Path

import msgspec

from sparkferry.errors import Diagnostic, DiagnosticsError, UserError
from sparkferry.layers.locks.requirements.lines import LogicalLine, logical_lines
from sparkferry.layers.locks.requirements.options import LineError, Option, parse_options
from sparkferry.layers.locks.requirements.parse import is_requirement
from sparkferry.process import redact
from sparkferry.text import read_text

_INCLUDES = frozenset({"--requirement", "--constraint"})


class Part(msgspec.Struct, frozen=True):
    """One of the files."""

    path: Path
    name: str
    """In messages."""
    text: str
    is_constraint: bool


def read_parts(path: Path, name: str) -> tuple[Part, ...]:
    """Return the requirements file ``path`` and those that it names by ``-r`` and ``-c``.

    :raises UserError: one of them cannot be read.
    """
    try:
        first = Part(path, name, read_text(path, name, coding=True), is_constraint=False)
    except OSError as error:
        raise UserError(f"could not read the requirements `{name}`: {error.strerror}") from error
    return tuple(_with_included(first, {(path.resolve(), False)}))


def _with_included(part: Part, seen: set[tuple[Path, bool]]) -> Iterator[Part]:
    yield part
    for line in logical_lines(part.text, part.name):
        for option in _includes(line):
            is_constraint = part.is_constraint or option.name == "--constraint"
            key = ((part.path.parent / option.value).resolve(), is_constraint)
            if key not in seen:
                seen.add(key)
                included = _read(part, line, option, is_constraint=is_constraint)
                yield from _with_included(included, seen)


def _read(part: Part, line: LogicalLine, option: Option, *, is_constraint: bool) -> Part:
    """Read the file that an option of a line names."""
    path = part.path.parent / option.value
    name = os.path.normpath(Path(part.name).parent / option.value)
    if "://" in option.value:
        hint = "download it, and include the file"
        raise _refused(line, option, "it is an address, and only files can be included", hint)
    try:
        return Part(path, name, read_text(path, name, coding=True), is_constraint)
    except OSError as error:
        hint = "put the file there, or remove the line"
        raise _refused(line, option, error.strerror or str(error), hint) from error


def _includes(line: LogicalLine) -> Iterator[Option]:
    if is_requirement(line):
        return
    try:
        yield from [item for item in parse_options(line.text) if item.name in _INCLUDES]
    except LineError:
        # `read_requirements` says so, with all other lines that are wrong.
        return


def _refused(line: LogicalLine, option: Option, reason: str, hint: str) -> DiagnosticsError:
    message = f"could not read `{redact(option.value)}`: {reason}"
    found = Diagnostic("error", message, hint, line.file, line.number)
    return DiagnosticsError(f"read the requirements `{line.file}`", [found])
