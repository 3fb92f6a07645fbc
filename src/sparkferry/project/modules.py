"""The project's modules as syntax trees: what each name in them is bound to. Nothing is imported."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

STAR = "*"
"""Stands among the names of a module that imports all names of one that is not known here."""


@dataclass(frozen=True)
class Imported:
    """A name that an import binds."""

    module: str
    """Absolute, dotted."""
    name: str | None
    """What is taken from the module; None for the module itself."""


@dataclass(frozen=True)
class Binding:
    """What a name is bound to at the top of a module."""

    node: Imported | ast.stmt | ast.expr
    """An import, a definition, or the value of an assignment."""
    types_only: bool
    """Whether it is bound under ``if TYPE_CHECKING`` alone."""


@dataclass(frozen=True)
class Module:
    """A module of the project."""

    name: str
    path: Path
    tree: ast.Module

    @cached_property
    def names(self) -> dict[str, Binding]:
        """What is bound at the module's top; of several bindings the last that runs."""
        found: dict[str, Binding] = {}
        for name, binding in self._bindings(self.tree.body, types_only=False):
            if not (binding.types_only and name in found):
                found[name] = binding
        return found

    def _bindings(
        self, body: Iterable[ast.stmt], *, types_only: bool
    ) -> Iterator[tuple[str, Binding]]:
        for node in body:
            for name, value in self._bound(node):
                yield name, Binding(value, types_only)
            checking = isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
            for inner, only in _blocks(node, checking=checking):
                yield from self._bindings(inner, types_only=types_only or only)

    def _bound(self, node: ast.stmt) -> Iterator[tuple[str, Imported | ast.stmt | ast.expr]]:
        match node:
            case ast.Import():
                for alias in node.names:
                    top = alias.name.partition(".")[0]
                    yield alias.asname or top, Imported(alias.name if alias.asname else top, None)
            case ast.ImportFrom():
                source = self._source(node)
                for alias in node.names:
                    yield alias.asname or alias.name, Imported(source, alias.name)
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                yield node.name, node
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                yield name, value
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                yield name, value
            case _ if type(node).__name__ == "TypeAlias":  # `type X = …`, from Python 3.12 on
                yield node.name.id, node.value  # type: ignore[attr-defined]  # mypy reads 3.11, which has no `type X`

    def _source(self, node: ast.ImportFrom) -> str:
        if not node.level:
            return node.module or ""
        package = self.name.split(".")
        drop = node.level - (self.path.name == "__init__.py")
        above = package[: len(package) - drop]
        return ".".join([*above, *([node.module] if node.module else [])])


def _blocks(node: ast.stmt, *, checking: bool) -> Iterator[tuple[list[ast.stmt], bool]]:
    """Yield the blocks inside of a statement that run with the module, and which only for types."""
    match node:
        case ast.If():
            yield node.body, checking
            yield node.orelse, False
        case ast.Try():
            yield node.body, False
            for handler in node.handlers:
                yield handler.body, False
            yield node.orelse, False
            yield node.finalbody, False
        case ast.With():
            yield node.body, False


@dataclass(frozen=True)
class Modules:
    """The importable modules below one directory, each read when it is asked for."""

    directory: Path
    _read: dict[str, Module | None] = field(default_factory=dict)

    def get(self, name: str) -> Module | None:
        """Return the module of a dotted name, or None where the project has none.

        :raises SyntaxError: it is not valid Python; ``filename`` and ``lineno`` say where.
        """
        if name not in self._read:
            path = self.path(name)
            self._read[name] = Module(name, path, _parsed(path)) if path else None
        return self._read[name]

    def path(self, name: str) -> Path | None:
        """Return the file of a module, or None."""
        base = self.directory.joinpath(*name.split("."))
        places = (base / "__init__.py", base.with_name(base.name + ".py"))
        return next((path for path in places if path.is_file()), None)

    def near(self, name: str) -> list[str]:
        """Return the modules in the package where ``name`` should be, or in the next above that is."""
        package = name.rpartition(".")[0]
        found = self._inside(package)
        return found if found or not package else self.near(package)

    def _inside(self, package: str) -> list[str]:
        directory = self.directory.joinpath(*package.split("."))
        found = [*directory.glob("*.py"), *directory.glob("*/__init__.py")]
        stems = {path.parent.name if path.stem == "__init__" else path.stem for path in found}
        return sorted(f"{package}.{stem}" if package else stem for stem in stems)


def _parsed(path: Path) -> ast.Module:
    try:
        return ast.parse(path.read_bytes(), str(path))
    except (SyntaxError, ValueError) as error:
        # null bytes are a ValueError, or a SyntaxError without a place, depending on the Python
        line = getattr(error, "lineno", None) or 1
        message = getattr(error, "msg", None) or str(error)
        raise SyntaxError(message, (str(path), line, None, None)) from error
