"""Where the imports of one module lead, in a program that starts beside a certain script or none."""

from collections.abc import Callable, Iterator
from functools import lru_cache

import msgspec

from sparkferry.layers.modules.facts import STAR, Facts, Import, Need
from sparkferry.layers.modules.provided import Provided
from sparkferry.layers.modules.tree import Located, ModuleTree

Read = Callable[[str], Facts]
"""Returns the facts of a file of the tree."""

NO_PACKAGE = "a script or top-level module has no package for a relative import to start from"


class Edge(msgspec.Struct, frozen=True):
    """One import statement, resolved."""

    line: int
    need: Need
    main: bool
    """Whether it runs only where its module is run as ``__main__``."""
    files: frozenset[tuple[str, str]]
    """What it makes run: files, and the packages from which their relative imports start."""
    missing: tuple[tuple[str, str], ...] = ()
    """Names that are not there, as far as they are missing and whole."""
    error: str | None = None
    """Why it can never succeed, whatever ships."""


class Resolver:
    """Resolves imports after Python's rules for ``sys.path``: script, standard library, code, packages."""

    def __init__(self, tree: ModuleTree, read: Read, provided: Provided, beside: str = "") -> None:
        self.read = read
        self._tree, self._provided, self._beside = tree, provided, beside
        # Each name is looked up once, however many modules import it.
        self.locate = lru_cache(maxsize=None)(self._locate)
        self.edges = lru_cache(maxsize=None)(self._edges)

    def _edges(self, file: str, package: str) -> tuple[Edge, ...]:
        """Return the imports of a file whose relative imports start from ``package``."""
        return tuple(self._edge(item, package) for item in self.read(file).imports)

    def _edge(self, item: Import, package: str) -> Edge:
        name = _absolute(package, item)
        if name is None:
            written = "." * item.level + item.module
            never = ((written, written),)
            return Edge(item.line, item.need, item.main, frozenset(), never, NO_PACKAGE)
        found = self.locate(name)
        if found is not None and found.missing is not None:
            return Edge(
                item.line, item.need, item.main, frozenset(found.files), ((found.missing, name),)
            )
        places, missing = [found], list[tuple[str, str]]()
        for taken in self._modules_in(name, found, item.names):
            inner = self.locate(taken)
            if inner is None or inner.missing is None:
                places.append(inner)
            elif not self._binds(found, taken.rpartition(".")[2]):
                missing.append((taken, taken))
        files = frozenset(file for place in places if place for file in place.files)
        return Edge(item.line, item.need, item.main, files, tuple(missing))

    def _modules_in(
        self, name: str, found: Located | None, names: tuple[str, ...]
    ) -> Iterator[str]:
        """Yield what ``from name import names`` may take as modules."""
        if found.package if found else self._provided.is_namespace(name):
            yield from (f"{name}.{taken}" for taken in names if taken != STAR)

    def _binds(self, package: Located | None, name: str) -> bool:
        if package is None or package.init is None:
            return False
        facts = self.read(package.init)
        dunder = name.startswith("__")
        return dunder or facts.is_open or facts.error is not None or name in facts.bound

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
        made = found.missing is not None and any(
            self.read(file).makes_modules for file, _ in found.files
        )
        return None if made else found


def _absolute(package: str, item: Import) -> str | None:
    """Return the absolute name of what is imported, or None where the dots lead above the top."""
    if not item.level:
        return item.module
    parts = package.split(".") if package else []
    kept = len(parts) - (item.level - 1)
    if kept <= 0:
        return None
    return ".".join([*parts[:kept], *([item.module] if item.module else [])])
