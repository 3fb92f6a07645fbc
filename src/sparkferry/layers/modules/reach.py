"""What a program reaches by its imports, from where it starts, and what of it is not there."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec

from sparkferry.layers.modules.facts import Need

if TYPE_CHECKING:
    from sparkferry.layers.modules.resolve import Resolver


class Start(msgspec.Struct, frozen=True, kw_only=True):
    """Where a program starts: at a script, or at modules."""

    modules: tuple[str, ...] = ()
    """Dotted names."""
    script: str | None = None
    """Path of the script's file; its directory is searched first."""

    @property
    def beside(self) -> str:
        """The script's directory, or an empty string where nothing is searched but the root."""
        return (self.script or "").rpartition("/")[0]


class Absent(msgspec.Struct, frozen=True, order=True):
    """An import that does not find its module, or a file that is not valid Python."""

    file: str
    """Path in the tree."""
    line: int
    name: str
    """The shortest part of the dotted name that is not there; empty for an invalid file."""
    need: Need
    wanted: str = ""
    """The whole dotted name."""
    error: str | None = None
    """Why it can never succeed, whatever ships."""


class Reach(msgspec.Struct, frozen=True):
    """What one program reaches."""

    files: frozenset[str]
    absent: tuple[Absent, ...]
    prefixes: frozenset[str]
    """What names of modules begin with that it puts together at run time."""


def reach(start: Start, resolver: "Resolver") -> Reach:
    """Follow the imports from ``start``, whose own modules are among what is reached.

    ``resolver`` is that of the start's directory.
    """
    walk = _Walk(start, resolver)
    facts = [resolver.read(file) for file in walk.needs]
    unsure = any(each.changes_path for each in facts)
    return Reach(
        files=frozenset(walk.needs),
        absent=tuple(sorted(doubted(item) if unsure else item for item in walk.absent.values())),
        prefixes=frozenset(text for each in facts for text in each.prefixes),
    )


def doubted(item: Absent) -> Absent:
    """Return what is absent as one that may be there, since more is searched than is known."""
    if item.error is not None:
        return item
    return msgspec.structs.replace(item, need=min(item.need, Need.MAYBE))


class _Walk:
    def __init__(self, start: Start, resolver: "Resolver") -> None:
        self._resolver = resolver
        self.needs: dict[str, Need] = {}
        """By file, how certainly it runs."""
        self.absent: dict[tuple[str, int, str], Absent] = {}
        self._open: list[tuple[str, str, bool, Need]] = []
        if start.script is not None:
            self._enter(start.script, "", Need.ALWAYS, main=True)
        for file, package in _files_of(start, resolver):
            self._enter(file, package, Need.ALWAYS)
        while self._open:
            self._visit(*self._open.pop())

    def _enter(self, file: str, package: str, need: Need, *, main: bool = False) -> None:
        known = self.needs.get(file)
        if known is None or known < need:
            self.needs[file] = need
            self._open.append((file, package, main, need))

    def _visit(self, file: str, package: str, main: bool, need: Need) -> None:
        facts = self._resolver.read(file)
        if facts.error is not None:
            self._miss(Absent(file, facts.line, "", need, error=facts.error))
        for edge in self._resolver.edges(file, package):
            if edge.main and not main:
                continue
            certain = min(need, edge.need)
            for inner, of_package in edge.files:
                self._enter(inner, of_package, certain)
            for name, wanted in edge.missing:
                self._miss(Absent(file, edge.line, name, certain, wanted, edge.error))

    def _miss(self, item: Absent) -> None:
        key = (item.file, item.line, item.name)
        known = self.absent.get(key)
        if known is None or known.need < item.need:
            self.absent[key] = item


def _files_of(start: Start, resolver: "Resolver") -> Iterator[tuple[str, str]]:
    for module in start.modules:
        found = resolver.locate(module)
        yield from found.files if found else ()
