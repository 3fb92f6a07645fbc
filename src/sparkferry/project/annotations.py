"""Annotations as real types, read from the source alone, as far as arguments of jobs may use them."""

from __future__ import annotations

import ast
import builtins
import enum
import sys
import types
from dataclasses import dataclass, replace
from importlib import import_module
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union

from sparkferry.project.modules import STAR, Imported

if TYPE_CHECKING:
    from sparkferry.project.modules import Binding, Module, Modules

_LIBRARY = frozenset(
    {"builtins", "collections", "collections.abc", "datetime", "enum", "pathlib", "typing"}
)
"""Modules of the standard library whose names are looked up for real."""

_CHANGES_VALUES = frozenset({"__init__", "__new__", "_generate_next_value_", "_missing_"})
"""Methods by which an Enum's values are not those that are written."""


class AnnotationError(ValueError):
    """An annotation that the cluster could not evaluate either."""


class _UnknownError(Exception):
    """Something whose type only an import could tell."""


def evaluate(node: ast.expr | None, module: Module, modules: Modules) -> object:
    """Return the type that an annotation in ``module`` names; ``Any`` where nothing is written.

    A class that is not an argument type gives an empty class of its name, which nothing converts to.
    What comes from a package outside of the project gives ``Any``: its values are checked when the job
    starts.

    :raises AnnotationError: a name in it is not bound at run time.
    :raises SyntaxError: a module that it leads to is not valid Python.
    """
    if node is None:
        return Any
    try:
        return _Evaluator(modules, module).type(node)
    except _UnknownError:
        return Any


@dataclass(frozen=True)
class _Evaluator:
    modules: Modules
    module: Module
    passed: tuple[tuple[str, str], ...] = ()
    """Names that are being looked up, so that a circle of imports comes to an end."""

    def type(self, node: ast.expr) -> object:
        match node:
            case ast.Constant(value=str(text)):
                return self.type(_parsed(text))
            case ast.Constant(value=value):
                return value
            case ast.Name(id=name):
                return self.name(name)
            case ast.Attribute():
                return self.member(self.qualified(node))
            case ast.BinOp(op=ast.BitOr(), left=left, right=right):
                return _subscripted(Union, (self.type(left), self.type(right)))
            case ast.Subscript(value=value, slice=inner):
                return self.subscript(self.type(value), inner)
        raise _UnknownError

    def subscript(self, base: object, inner: ast.expr) -> object:
        items = inner.elts if isinstance(inner, ast.Tuple) else [inner]
        if base is Annotated:
            return self.type(items[0])
        one = self.constant if base is Literal else self.argument
        arguments = tuple(one(item) for item in items)
        return _subscripted(base, arguments if isinstance(inner, ast.Tuple) else arguments[0])

    def argument(self, node: ast.expr) -> object:
        try:
            return self.type(node)
        except _UnknownError:
            return Any

    def constant(self, node: ast.expr) -> object:
        """Return an item of a ``Literal``: a constant, or a member of an Enum."""
        if isinstance(node, ast.Attribute):
            kind = self.type(node.value)
            if isinstance(kind, enum.EnumMeta) and node.attr in kind.__members__:
                return kind.__members__[node.attr]
            raise _UnknownError
        return _literal(node)

    def name(self, name: str) -> object:
        """Return the type that a name at the top of the module is bound to."""
        if (self.module.name, name) in self.passed:
            raise AnnotationError(f"`{name}` is imported in a circle")
        binding = self.module.names.get(name)
        if binding is None:
            return self.builtin(name)
        inside = replace(self, passed=(*self.passed, (self.module.name, name)))
        match _at_run_time(name, binding).node:
            case Imported(module=module, name=str(found)):
                return inside.member((*module.split("."), found))
            case ast.ClassDef() as node:
                return inside.class_(node)
            case ast.expr() as node:
                return inside.type(node)
        raise _UnknownError

    def builtin(self, name: str) -> object:
        if isinstance(found := getattr(builtins, name, None), type):
            return found
        if STAR in self.module.names:
            raise _UnknownError
        raise AnnotationError(f"`{name}` is not defined")

    def qualified(self, node: ast.expr) -> tuple[str, ...]:
        """Return the absolute path of a dotted name, from its first module down."""
        match node:
            case ast.Attribute(value=value, attr=attr):
                return (*self.qualified(value), attr)
            case ast.Name(id=name) if binding := self.module.names.get(name):
                found = _at_run_time(name, binding).node
                if isinstance(found, Imported):
                    return (*found.module.split("."), *([found.name] if found.name else []))
        raise _UnknownError

    def member(self, path: tuple[str, ...]) -> object:
        """Return what an absolute path names: a member of a module of ours or of the library."""
        *above, name = path
        owner = ".".join(above)
        if module := self.modules.get(owner):
            return replace(self, module=module).name(name)
        if owner == "typing_extensions" or owner in _LIBRARY:
            library = import_module(owner.replace("typing_extensions", "typing"))
            return getattr(library, name, None) or _opaque(name)
        if path[0] in sys.stdlib_module_names:
            return _opaque(name)
        raise _UnknownError

    def class_(self, node: ast.ClassDef) -> object:
        bases = tuple(base for base in map(self.type, node.bases) if isinstance(base, type))
        if not any(issubclass(base, enum.Enum) for base in bases):
            return _opaque(node.name)
        if any(isinstance(it, ast.FunctionDef) and it.name in _CHANGES_VALUES for it in node.body):
            raise _UnknownError
        members = dict(_members(node))
        try:
            return types.new_class(node.name, bases, {}, lambda space: space.update(members))
        except (TypeError, ValueError) as error:
            raise AnnotationError(f"`{node.name}` is not a valid Enum: {error}") from error


def _members(node: ast.ClassDef) -> list[tuple[str, object]]:
    assigned = [it for it in node.body if isinstance(it, ast.Assign)]
    return [
        (target.id, _value(it.value))
        for it in assigned
        for target in it.targets
        if isinstance(target, ast.Name) and not target.id.startswith("_")
    ]


def _value(node: ast.expr) -> object:
    if isinstance(node, ast.Call) and ast.unparse(node) in {"auto()", "enum.auto()"}:
        return enum.auto()
    return _literal(node)


def _literal(node: ast.expr) -> object:
    try:
        return ast.literal_eval(node)
    except ValueError as error:
        raise _UnknownError from error


def _at_run_time(name: str, binding: Binding) -> Binding:
    if binding.types_only:
        raise AnnotationError(f"`{name}` is imported under TYPE_CHECKING alone")
    return binding


def _parsed(text: str) -> ast.expr:
    try:
        return ast.parse(text.strip(), mode="eval").body
    except SyntaxError as error:
        raise AnnotationError(f"`{text}` is not an expression") from error


def _opaque(name: str) -> type:
    return type(name, (), {})


def _subscripted(base: object, arguments: object) -> object:
    generic: Any = base
    try:
        return generic[arguments]
    except TypeError:
        return base
