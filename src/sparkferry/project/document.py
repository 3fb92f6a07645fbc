"""The pyproject.toml of a project: found, read, parsed."""

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from sparkferry.errors import Diagnostic, DiagnosticsError, UserError
from sparkferry.project.lines import Lines, locate
from sparkferry.text import EncodingError, decode_toml_text

FILE = "pyproject.toml"


@dataclass(frozen=True)
class Document:
    """A pyproject.toml that has been read."""

    root: Path
    """Its directory, absolute."""
    text: str
    content: dict[str, Any]
    section: dict[str, Any]
    """The table `[tool.sparkferry]`."""

    def place(self, path: Sequence[str]) -> str:
        """Return ``pyproject.toml:LINE`` of a key below `[tool.sparkferry]`."""
        return f"{FILE}:{self.lines.of(('tool', 'sparkferry', *path))}"

    @cached_property
    def lines(self) -> Lines:
        """Where its keys stand."""
        return locate(self.text)


def find(start: Path) -> Document:
    """Return the nearest pyproject.toml with `[tool.sparkferry]`, of ``start`` or a directory above.

    :raises UserError: there is none.
    :raises DiagnosticsError: a pyproject.toml on the way is not valid TOML.
    """
    start = start.resolve()
    passed: list[Path] = []
    for directory in (start, *start.parents):
        path = directory / FILE
        if not path.is_file():
            continue
        if document := _read(path):
            return document
        passed.append(path)
    raise UserError(
        f"could not load the project of `{start}`: no {FILE} with `[tool.sparkferry]` there or above",
        hint=f'add `[tool.sparkferry]` with `spark = "4.0"` to `{passed[0]}`'
        if passed
        else "run it in a project's directory, or make one with `sparkferry init DIR`",
    )


def _read(path: Path) -> Document | None:
    """Return the file's content, or None where it has no `[tool.sparkferry]`."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UserError(f"could not read `{path}`: {error.strerror}") from error
    try:
        text = decode_toml_text(data, FILE)
        content = tomllib.loads(text)
    except EncodingError as error:
        raise _unreadable(path, error.reason, error.line, error.hint) from error
    except tomllib.TOMLDecodeError as error:
        reason, line = _placed(str(error), text)
        raise _unreadable(path, f"not valid TOML: {reason}", line) from error
    except RecursionError as error:
        raise _unreadable(path, "nested too deeply to be read", 1) from error
    tool = content.get("tool")
    if not isinstance(tool, dict) or "sparkferry" not in tool:
        return None
    if not isinstance(tool["sparkferry"], dict):
        line = locate(text).of(("tool", "sparkferry"))
        raise _unreadable(path, "`tool.sparkferry` must be a table", line)
    return Document(path.parent, text, content, tool["sparkferry"])


def _placed(said: str, text: str) -> tuple[str, int]:
    """Split tomllib's message, which ends with the place, into reason and line."""
    match = re.fullmatch(r"(?P<reason>.*) \(at (?:line (?P<line>\d+), .*|end of document)\)", said)
    reason = match["reason"] if match else said
    line = int(match["line"]) if match and match["line"] else text.count("\n") + 1
    return reason, line


def _unreadable(path: Path, reason: str, line: int, hint: str | None = None) -> DiagnosticsError:
    return DiagnosticsError(
        f"load the project `{path.parent}`", [Diagnostic("error", reason, hint, FILE, line)]
    )
