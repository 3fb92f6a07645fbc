"""The docstrings below a class's fields, which Python throws away, read from its source."""

import ast
import inspect
import textwrap
from itertools import pairwise


def of_fields(cls: type) -> dict[str, str]:
    """Return the docstring below each field of a class, on one line, by the field's name.

    :raises OSError: the class's source is not there.
    """
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
