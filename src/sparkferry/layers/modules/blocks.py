"""The blocks inside of a statement: when each runs, and whether a failed import in it is handled."""

import ast
from collections.abc import Iterator

import msgspec

from sparkferry.layers.modules.facts import Need

_CAUGHT = frozenset({"ImportError", "ModuleNotFoundError", "Exception", "BaseException"})
"""Exceptions by which a failed import is handled."""

_GUARDS = frozenset(
    {"version_info", "hexversion", "platform", "implementation", "python_implementation"}
    | {"find_spec", "find_loader", "PY2", "PY3"}
)
"""Names in a condition by which code chooses the modules that are there."""

_SYSTEMS = {("os", "name")}
"""Attributes that do the same, by module."""


class Block(msgspec.Struct, frozen=True):
    """A list of statements inside of another statement."""

    body: list[ast.stmt]
    need: Need = Need.ALWAYS
    """At most this certain."""
    main: bool = False


def blocks(node: ast.stmt) -> Iterator[Block]:
    """Yield the blocks of a statement, but for what only type checkers read."""
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            yield Block(node.body, Need.MAYBE)
        case ast.ClassDef():
            yield Block(node.body)
        case ast.If():
            yield from _of_condition(node)
        case ast.Try() | ast.TryStar():
            yield from _of_try(node)
        case ast.With() | ast.AsyncWith():
            handled = any(_suppresses(item.context_expr) for item in node.items)
            yield Block(node.body, Need.OPTIONAL if handled else Need.ALWAYS)
        case ast.For() | ast.AsyncFor() | ast.While():
            yield Block(node.body, Need.MAYBE)
            yield Block(node.orelse, Need.MAYBE)
        case ast.Match():
            yield from (Block(case.body, Need.MAYBE) for case in node.cases)


def expressions(node: ast.stmt) -> Iterator[ast.expr]:
    """Yield the expressions of a statement that stand outside of its blocks."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.expr):
            yield child
        elif isinstance(child, ast.withitem):
            yield child.context_expr


def _of_condition(node: ast.If) -> Iterator[Block]:
    names = {_name(part) for part in ast.walk(node.test)}
    if "TYPE_CHECKING" in names:
        negated = isinstance(node.test, ast.UnaryOp)
        yield Block(node.body if negated else node.orelse)
    elif "__name__" in names:
        yield Block(node.body, main=True)
        yield Block(node.orelse)
    else:
        systems = any(_is_system(part) for part in ast.walk(node.test))
        need = Need.OPTIONAL if systems or names & _GUARDS else Need.MAYBE
        yield Block(node.body, need)
        yield Block(node.orelse, need)


def _of_try(node: "ast.Try | ast.TryStar") -> Iterator[Block]:
    handlers = [handler for handler in node.handlers if _catches(handler.type)]
    handled = Need.ALWAYS
    if handlers:
        raises = all(isinstance(handler.body[-1], ast.Raise) for handler in handlers)
        handled = Need.MAYBE if raises else Need.OPTIONAL
    yield Block(node.body, handled)
    for handler in node.handlers:
        yield Block(handler.body, Need.OPTIONAL if handler in handlers else Need.MAYBE)
    yield Block(node.orelse, handled)
    yield Block(node.finalbody)


def _suppresses(node: ast.expr) -> bool:
    match node:
        case ast.Call(func=function, args=caught) if _name(function) == "suppress":
            return any(map(_catches, caught))
    return False


def _catches(kind: ast.expr | None) -> bool:
    if kind is None:
        return True
    return any(_name(part) in _CAUGHT for part in ast.walk(kind))


def _is_system(node: ast.AST) -> bool:
    match node:
        case ast.Attribute(value=ast.Name(id=module), attr=name):
            return (module, name) in _SYSTEMS
    return False


def _name(node: ast.AST) -> str | None:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return None
