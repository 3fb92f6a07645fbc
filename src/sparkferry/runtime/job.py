"""Find the job and call it."""

from __future__ import annotations

import importlib
import inspect
import runpy
import sys
from functools import reduce
from typing import TYPE_CHECKING, Any

from sparkferry.runtime.arguments import bind, parameters_of
from sparkferry.runtime.paths import CODE

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pyspark.sql import SparkSession

    from sparkferry.runtime.context import JobContext
    from sparkferry.runtime.spec import Spec


def run(spec: Spec, spark: SparkSession, context: JobContext) -> object:
    """Import the job, call it, and return what it returned; a script returns None.

    A script that ends with ``sys.exit(0)`` has returned too.
    """
    try:
        if spec.script is not None:
            _script(CODE / spec.script, spec.argv)
            return None
        return _function(load(spec.entry or ""), spec, spark, context)
    except SystemExit as ended:
        if ended.code in (None, 0):
            return None
        raise


def load(entry: str) -> Callable[..., Any]:
    """Import ``package.module:function``.

    :raises TypeError: what it names cannot be called.
    """
    module, _, name = entry.partition(":")
    function = reduce(getattr, name.split("."), importlib.import_module(module))
    if not callable(function):
        raise TypeError(f"could not call `{entry}`: it is a {type(function).__name__}")
    found: Callable[..., Any] = function
    return found


def _function(
    function: Callable[..., Any], spec: Spec, spark: SparkSession, context: JobContext
) -> object:
    arguments = bind(parameters_of(function), spec.args, spec.sets)
    ours = {"spark": spark, "context": context}
    wanted = inspect.signature(function).parameters
    return function(**arguments, **{name: it for name, it in ours.items() if name in wanted})


def _script(path: Path, argv: tuple[str, ...]) -> None:
    """Run the file as ``python FILE ARGS`` would."""
    sys.argv = [str(path), *argv]
    sys.path[0] = str(path.parent)
    runpy.run_path(str(path), run_name="__main__")
