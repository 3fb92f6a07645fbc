"""Logical lines of a requirements file, as pip joins them.

https://pip.pypa.io/en/stable/reference/requirements-file-format/
"""

import os
import re
from collections.abc import Iterator

import msgspec

from sparkferry.text import text_lines

_WHOLE_COMMENT = re.compile(r"\s*#")
_COMMENT = re.compile(r"(?:^|\s+)#(.*)$")
_VARIABLE = re.compile(r"\$\{([A-Z0-9_]+)\}")


class LogicalLine(msgspec.Struct, frozen=True):
    """A line with its continuations, without its comment."""

    file: str
    """Name of the file in messages."""
    number: int
    """Where it begins, counted from 1."""
    text: str
    """With the values of ``${VARIABLES}``; those that are not set stay."""
    comment: str = ""
    """What follows the ``#``."""

    @property
    def place(self) -> str:
        """File and line, as ``requirements.txt:3``."""
        return f"{self.file}:{self.number}"


def logical_lines(text: str, file: str) -> Iterator[LogicalLine]:
    """Yield the lines of the requirements file ``file`` that are not blank.

    A backslash at the end of a line joins it with the next; a comment line ends what was joined.
    """
    held: list[str] = []
    start = 0
    for number, line in enumerate(text_lines(text), 1):
        start = start or number
        is_comment = bool(_WHOLE_COMMENT.match(line))
        joins = line.endswith("\\") and not is_comment
        # The blank makes a comment of it, whatever it is joined to.
        held.append(line.rstrip("\\") if joins else f" {line}" if is_comment else line)
        if not joins:
            yield from _without_comment("".join(held), file, start)
            held, start = [], 0
    yield from _without_comment("".join(held), file, start)


def expand_variables(text: str) -> str:
    """Return ``text`` with the values of the ``${VARIABLES}`` that are set."""
    return _VARIABLE.sub(_value, text)


def _without_comment(joined: str, file: str, number: int) -> Iterator[LogicalLine]:
    found = _COMMENT.search(joined)
    text = (joined[: found.start()] if found else joined).strip()
    if text:
        comment = found[1] if found else ""
        yield LogicalLine(file, number, expand_variables(text), comment)


def _value(found: re.Match[str]) -> str:
    return os.environ.get(found[1]) or found[0]
