"""From ``package.module:function`` to the function's definition in the source."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sparkferry.project.keys import did_you_mean
from sparkferry.project.modules import STAR, Imported

if TYPE_CHECKING:
    from sparkferry.project.modules import Module, Modules


@dataclass(frozen=True)
class Function:
    """A job's function."""

    module: Module
    """Where it is defined: the entry's module, or one that it imports the function from."""
    node: ast.FunctionDef


@dataclass(frozen=True)
class NotFound:
    """Why there is no definition to read."""

    message: str
    hint: str | None
    certain: bool = True
    """False where the function may be there all the same, made by code that only runs can show."""


def find_function(entry: str, modules: Modules) -> Function | NotFound:
    """Return the definition that an entry names, through imports from other modules of the project.

    :raises SyntaxError: a module on the way is not valid Python.
    """
    name, _, function = entry.partition(":")
    module = modules.get(name)
    if module is None:
        hint = did_you_mean(name, modules.near(name), plural="modules")
        return NotFound(f"there is no module `{name}` in `{modules.directory.name}`", hint)
    return _follow(module, function, modules, ())


def _follow(
    module: Module, name: str, modules: Modules, passed: tuple[tuple[str, str], ...]
) -> Function | NotFound:
    binding = module.names.get(name)
    place = f"`{name}` of `{module.name}`"
    match binding.node if binding else None:
        case None if STAR not in module.names:
            return _missing(module, name)
        case ast.FunctionDef() as node:
            return Function(module, node)
        case ast.AsyncFunctionDef():
            return NotFound(f"{place} is a coroutine", "write it with `def`, without `async`")
        case ast.ClassDef():
            return NotFound(f"{place} is a class", "a job is a function")
        case Imported(module=source, name=str(original)) if (module.name, name) not in passed:
            if found := modules.get(source):
                return _follow(found, original, modules, (*passed, (module.name, name)))
    hint = "arguments are checked when the job starts; a `def` in the project is checked here"
    return NotFound(
        f"could not read the signature of {place}: it is not a plain `def`", hint, False
    )


def _missing(module: Module, name: str) -> NotFound:
    functions = [
        known for known, found in module.names.items() if isinstance(found.node, ast.FunctionDef)
    ]
    hint = did_you_mean(name, functions, plural="functions")
    return NotFound(f"`{module.name}` has no function `{name}`", hint)
