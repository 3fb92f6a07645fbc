"""From the source of a module to its facts, through its syntax tree."""

import ast
import sys
import warnings
from collections.abc import Iterator

from sparkferry.layers.modules.blocks import blocks, expressions
from sparkferry.layers.modules.facts import STAR, Facts, Import, Need

_IMPORTERS = frozenset({"import_module", "__import__"})

_OPENING = frozenset(
    {"__getattr__", "globals", "locals", "vars", "setattr", "exec", "eval", "__dict__", "modules"}
    | {"__path__"}
)
"""Names by which a module can get attributes that its source does not bind."""

_MAKERS = frozenset({"__path__", "modules", "meta_path"})
"""Names by which a package can have modules that are not among its files."""

_CHANGERS = frozenset({"path", "path_hooks", "meta_path"})
"""Attributes of ``sys`` that decide what can be imported."""


_ADDERS = frozenset({"addsitedir", "addPyFile", "addArtifact", "addArtifacts"})
"""Methods of ``site``, SparkContext and SparkSession by which more can be imported."""

_UNREADABLE = Facts(is_open=True, makes_modules=True, changes_path=True)
"""The facts of a module that cannot be read here: it may do anything."""


def facts_of(source: bytes, minor: int) -> Facts:
    """Return the facts of a module for Python 3.``minor``.

    Source in a syntax that is newer than the Python that runs this has no facts, and no error.
    """
    running = sys.version_info.minor
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(source, feature_version=(3, min(minor, running)))
    except (SyntaxError, ValueError) as error:
        if minor > running:
            return _UNREADABLE
        # Null bytes are a ValueError, or a SyntaxError without a place, depending on the Python.
        line = getattr(error, "lineno", None) or 1
        return Facts(error=getattr(error, "msg", None) or str(error), line=line)
    except RecursionError:
        return _UNREADABLE
    return _facts(tree)


def _facts(tree: ast.Module) -> Facts:
    imports = tuple(_imports(tree.body, Need.ALWAYS, main=False))
    nodes = list(ast.walk(tree))
    bound = frozenset(name for node in nodes for name in _bound(node))
    return Facts(
        imports=imports,
        prefixes=tuple(dict.fromkeys(text for node in nodes for text in _prefixes(node))),
        bound=bound,
        is_open=STAR in bound or any(_mentions(node) in _OPENING for node in nodes),
        makes_modules=any(_mentions(node) in _MAKERS for node in nodes),
        changes_path=any(map(_changes_path, nodes)),
    )


def _imports(body: list[ast.stmt], need: Need, *, main: bool) -> Iterator[Import]:
    for node in body:
        yield from _statement(node, need, main=main)
        for expression in expressions(node):
            for call in ast.walk(expression):
                yield from _literal(call, min(need, Need.MAYBE), main=main)
        for block in blocks(node):
            yield from _imports(block.body, min(need, block.need), main=main or block.main)


def _statement(node: ast.stmt, need: Need, *, main: bool) -> Iterator[Import]:
    match node:
        case ast.Import(names=names):
            for alias in names:
                yield Import(alias.name, (), 0, node.lineno, need, main)
        case ast.ImportFrom(module=module, names=names, level=level):
            taken = tuple(alias.name for alias in names)
            yield Import(module or "", taken, level, node.lineno, need, main)


def _literal(node: ast.AST, need: Need, *, main: bool) -> Iterator[Import]:
    match node:
        case ast.Call(func=function, args=[ast.Constant(value=str(name)), *_]) if (
            _mentions(function) in _IMPORTERS
        ):
            # A relative name depends on the second argument, which is rarely a literal.
            if name and not name.startswith("."):
                yield Import(name, (), 0, node.lineno, need, main)


def _prefixes(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Call(func=function, args=[argument, *_]) if _mentions(function) in _IMPORTERS:
            match argument:
                case ast.JoinedStr(values=[ast.Constant(value=str(text)), *_]):
                    yield text
                case ast.BinOp(left=ast.Constant(value=str(text))):
                    yield text


def _mentions(node: ast.AST) -> str | None:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.FunctionDef(name=name):
            return name
    return None


def _bound(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Name(id=name, ctx=ast.Store()):
            yield name
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name
        case ast.Import(names=names):
            yield from (alias.asname or alias.name.partition(".")[0] for alias in names)
        case ast.ImportFrom(names=names):
            yield from (alias.asname or alias.name for alias in names)
        case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)):
            yield name


def _changes_path(node: ast.AST) -> bool:
    match node:
        case ast.Attribute(attr=name) if name in _ADDERS:
            return True
        case ast.Attribute(value=ast.Name(id="sys"), attr=name):
            return name in _CHANGERS
        case ast.ImportFrom(module="sys", names=names):
            return any(alias.name in _CHANGERS for alias in names)
    return False
