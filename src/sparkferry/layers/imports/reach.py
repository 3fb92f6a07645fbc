"""What a program reaches by its imports, from where it starts, and what of it is not there."""

from collections.abc import Callable, Iterator

import msgspec

from sparkferry.layers.imports.facts import STAR, Facts, Import, Need
from sparkferry.layers.imports.provided import Provided
from sparkferry.layers.imports.tree import Located, ModuleTree

Read = Callable[[str], Facts]
"""Returns the facts of a file of the tree."""

_NO_PACKAGE = "a script or top-level module has no package for a relative import to start from"


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
    error: str | None = None
    """Why it can never succeed, whatever ships."""


class Reach(msgspec.Struct, frozen=True):
    """What one program reaches."""

    files: frozenset[str]
    absent: tuple[Absent, ...]
    prefixes: frozenset[str]
    """What names of modules begin with that it puts together at run time."""


class _Visit(msgspec.Struct, frozen=True):
    file: str
    package: str
    """Where its relative imports start; empty where they cannot."""
    main: bool = False


def reach(start: Start, tree: ModuleTree, read: Read, provided: Provided) -> Reach:
    """Follow the imports from ``start``, whose own modules are among what is reached."""
    walk = _Walk(start, tree, read, provided)
    return Reach(
        files=frozenset(walk.needs),
        absent=tuple(sorted(walk.absent())),
        prefixes=frozenset(walk.prefixes),
    )


class _Walk:
    def __init__(self, start: Start, tree: ModuleTree, read: Read, provided: Provided) -> None:
        self._beside, self._tree, self._read = start.beside, tree, read
        self._provided = provided
        self.needs: dict[str, Need] = {}
        """By file, how certainly it runs."""
        self.prefixes: set[str] = set()
        self._absent: dict[tuple[str, int, str], Absent] = {}
        self._changes_path = False
        self._open: list[tuple[_Visit, Need]] = []
        if start.script is not None:
            self._enter(_Visit(start.script, "", main=True), Need.ALWAYS)
        for module in start.modules:
            self._reach(self._locate(module), Need.ALWAYS)
        while self._open:
            self._visit(*self._open.pop())

    def absent(self) -> Iterator[Absent]:
        """Yield what is absent; it may be there all the same if the program changes what it searches."""
        for item in self._absent.values():
            certain = item.error is not None or not self._changes_path
            yield (
                item if certain else msgspec.structs.replace(item, need=min(item.need, Need.MAYBE))
            )

    def _enter(self, visit: _Visit, need: Need) -> None:
        known = self.needs.get(visit.file)
        if known is None or known < need:
            self.needs[visit.file] = need
            self._open.append((visit, need))

    def _reach(self, found: Located | None, need: Need) -> None:
        for file, package in found.files if found else ():
            self._enter(_Visit(file, package), need)

    def _visit(self, visit: _Visit, need: Need) -> None:
        facts = self._read(visit.file)
        if facts.error is not None:
            self._miss(Absent(visit.file, facts.line, "", need, facts.error))
        self.prefixes.update(facts.prefixes)
        self._changes_path = self._changes_path or facts.changes_path
        for item in facts.imports:
            if visit.main or not item.main:
                self._import(visit, item, min(need, item.need))

    def _import(self, visit: _Visit, item: Import, need: Need) -> None:
        name = _absolute(visit.package, item)
        if name is None:
            written = "." * item.level + item.module
            self._miss(Absent(visit.file, item.line, written, need, _NO_PACKAGE))
            return
        found = self._locate(name)
        self._reach(found, need)
        if found is not None and found.missing is not None:
            self._miss(Absent(visit.file, item.line, found.missing, need))
            return
        for taken in item.names:
            if taken != STAR and not self._take(found, name, taken, need):
                self._miss(Absent(visit.file, item.line, f"{name}.{taken}", need))

    def _take(self, package: Located | None, name: str, taken: str, need: Need) -> bool:
        """Follow ``from name import taken``, and return whether there may be such a thing."""
        if package is None and not self._provided.is_namespace(name):
            return True
        if package is not None and not package.package:
            return True
        found = self._locate(f"{name}.{taken}")
        self._reach(found, need)
        if found is None or found.missing is None:
            return True
        return package is not None and package.init is not None and self._has(package.init, taken)

    def _has(self, file: str, name: str) -> bool:
        facts = self._read(file)
        dunder = name.startswith("__")
        return dunder or facts.is_open or facts.error is not None or name in facts.bound

    def _miss(self, item: Absent) -> None:
        key = (item.file, item.line, item.name)
        known = self._absent.get(key)
        if known is None or known.need < item.need:
            self._absent[key] = item

    def _locate(self, name: str) -> Located | None:
        """Return where a name leads in the code, or None where it is not the code that has it."""
        top = name.partition(".")[0]
        if self._is_regular(top):
            return self._owned(name)
        if self._provided.is_standard(top) or self._provided.is_regular(top):
            return None
        # Neither has an `__init__`: the parts of both make one package (PEP 420).
        found = self._owned(name)
        if found is None or found.missing is None:
            return found
        if self._provided.has(name):
            return None
        missing = self._provided.first_missing(name, found.missing)
        return msgspec.structs.replace(found, missing=missing)

    def _is_regular(self, top: str) -> bool:
        """Return whether the code has a top-level module that Python finds before all others."""
        if self._beside and self._tree.has_regular(self._beside, top):
            return True
        return self._tree.has_regular("", top) and not self._provided.is_standard(top)

    def _owned(self, name: str) -> Located | None:
        roots = (self._beside, "") if self._beside else ("",)
        found = self._tree.locate(name, roots)
        if found.missing is not None and any(
            self._read(file).makes_modules for file, _ in found.files
        ):
            return None
        return found


def _absolute(package: str, item: Import) -> str | None:
    """Return the absolute name of what is imported, or None where the dots lead above the top."""
    if not item.level:
        return item.module
    parts = package.split(".") if package else []
    kept = len(parts) - (item.level - 1)
    if kept <= 0:
        return None
    return ".".join([*parts[:kept], *([item.module] if item.module else [])])
