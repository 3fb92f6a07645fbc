"""Where each key of a TOML text stands: tomllib gives the values, this gives the lines."""

import re
from bisect import bisect_left
from collections.abc import Sequence
from typing import Final

from sparkferry.project.keys import KEY, parts

Path = tuple[str | int, ...]
"""Keys from the top of the document down; a number is an index into an array."""

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_BETWEEN = re.compile(r"(?:[ \t\r\n,]|#[^\n]*)*")
_BRACKETS = re.compile(r"[ \t]*(?:\[\[?|\]\]?)[ \t]*")
_EQUALS = re.compile(r"[ \t]*=[ \t]*")
_SCALAR = re.compile(
    r'"""(?:\\.|[^\\])*?"""(?:"{0,2})'  # a multi-line string may end with two quotes of its own
    r"|'''.*?'''(?:'{0,2})"
    r'|"(?:\\.|[^"\\\n])*"'
    r"|'[^'\n]*'"
    r"|[^,\]}#\n]+",
    re.DOTALL,
)


class Lines:
    """The lines of a document's keys."""

    def __init__(self, found: dict[Path, int]) -> None:
        self.found: Final = found
        self._joined: Final = {_joined(path): line for path, line in found.items()}

    def of(self, path: Sequence[str | int]) -> int:
        """Return the line of the key at ``path``, else of the nearest table above it, from 1.

        ``("a.b",)`` also finds what is written as the table ``a`` with the key ``b``.
        """
        for length in range(len(path), 0, -1):
            if line := self._joined.get(_joined(path[:length])):
                return line
        return 1


def locate(text: str) -> Lines:
    """Find every key of ``text``, which must be valid TOML."""
    scanner = _Scanner(text)
    scanner.document()
    return Lines(scanner.found)


def _joined(path: Sequence[str | int]) -> str:
    return ".".join(map(str, path))


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.found: dict[Path, int] = {}
        self.sizes: dict[Path, int] = {}
        self.newlines = [match.start() for match in re.finditer("\n", text)]

    def document(self) -> None:
        table: Path = ()
        self.skip(_BLANK)
        while self.at < len(self.text):
            if self.text[self.at] == "[":
                table = self.header()
            else:
                self.assignment(table)
            self.skip(_BLANK)

    def header(self) -> Path:
        many = self.text.startswith("[[", self.at)
        self.skip(_BRACKETS)
        line = self.line()
        *above, last = self.key()
        path = self.record((*self.down((), above, line), last), line)
        if many:
            self.sizes[path] = self.sizes.get(path, 0) + 1
            path = self.record((*path, self.sizes[path] - 1), line)
        self.skip(_BRACKETS)
        return path

    def assignment(self, table: Path) -> None:
        line = self.line()
        *above, last = self.key()
        path = self.record((*self.down(table, above, line), last), line)
        self.skip(_EQUALS)
        self.value(path)

    def value(self, path: Path) -> None:
        if self.text[self.at] == "[":
            self.array(path)
        elif self.text[self.at] == "{":
            self.inline_table(path)
        else:
            self.skip(_SCALAR)

    def array(self, path: Path) -> None:
        self.at += 1
        self.skip(_BETWEEN)
        index = 0
        while self.text[self.at] != "]":
            self.value(self.record((*path, index), self.line()))
            self.skip(_BETWEEN)
            index += 1
        self.at += 1

    def inline_table(self, path: Path) -> None:
        self.at += 1
        self.skip(_BETWEEN)
        while self.text[self.at] != "}":
            self.assignment(path)
            self.skip(_BETWEEN)
        self.at += 1

    def down(self, table: Path, keys: Sequence[str], line: int) -> Path:
        """Go down from ``table``; an array of tables on the way stands for its last table."""
        for key in keys:
            table = (*table, key)
            self.found.setdefault(table, line)
            if size := self.sizes.get(table):
                table = (*table, size - 1)
        return table

    def record(self, path: Path, line: int) -> Path:
        if path not in self.sizes:
            self.found[path] = line
        return path

    def key(self) -> tuple[str, ...]:
        return parts(self.skip(KEY))

    def skip(self, pattern: re.Pattern[str]) -> str:
        if (match := pattern.match(self.text, self.at)) is None:
            raise ValueError(f"not TOML at line {self.line()}")
        self.at = match.end()
        return match.group()

    def line(self) -> int:
        return bisect_left(self.newlines, self.at) + 1
