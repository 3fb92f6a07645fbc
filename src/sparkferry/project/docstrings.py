"""The docstrings below a class's fields, which Python throws away, read from its source."""

import ast
import inspect
import textwrap
from itertools import pairwise

import msgspec


def of_fields(cls: type[msgspec.Struct]) -> dict[str, str]:
    """Return the docstring below each field of a struct, on one line, by the field's name.

    :raises OSError: the source of the class, or of a base class, is not there.
    """
    bases = reversed(cls.__mro__[: cls.__mro__.index(msgspec.Struct)])
    return {name: text for base in bases for name, text in _own_fields(base).items()}


def _own_fields(cls: type) -> dict[str, str]:
    (tree,) = ast.parse(textwrap.dedent(inspect.getsource(cls))).body
    body = tree.body if isinstance(tree, ast.ClassDef) else []
    return {
        field.target.id: " ".join(text.split())
        for field, below in pairwise(body)
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
        if (text := _text(below))
    }


def of_class(cls: type) -> str:
    """Return the docstring of a class, on one line."""
    return " ".join((cls.__doc__ or "").split())


def _text(node: ast.stmt) -> str | None:
    match node:
        case ast.Expr(value=ast.Constant(value=str(text))):
            return text
    return None
