"""The parameters of a job's function, with their types, read from its definition."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sparkferry.project.annotations import AnnotationError, evaluate
from sparkferry.runtime.arguments import RESERVED, Parameter
from sparkferry.runtime.convert import type_name

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterator

    from sparkferry.project.entry import Function
    from sparkferry.project.modules import Modules


@dataclass(frozen=True)
class Fault:
    """Something in the definition that would fail on the cluster too."""

    line: int
    message: str
    hint: str


@dataclass(frozen=True)
class Signature:
    """What a job's function takes."""

    name: str
    line: int
    parameters: tuple[Parameter, ...]
    """Those that a user may give, in the order of the definition."""
    faults: tuple[Fault, ...]

    def __str__(self) -> str:
        """Return ``run takes source: str (required), partitions: int``."""
        takes = ", ".join(
            f"{it.name}: {type_name(it.annotation)}{' (required)' if it.required else ''}"
            for it in self.parameters
        )
        return f"`{self.name}` takes {takes or 'no arguments'}"

    def without_required(self) -> Signature:
        """Return the signature as if every parameter had a default."""
        return replace(
            self, parameters=tuple(replace(it, required=False) for it in self.parameters)
        )


def read_signature(function: Function, modules: Modules) -> Signature:
    """Return the signature of a function.

    :raises SyntaxError: a module that an annotation leads to is not valid Python.
    """
    node = function.node
    faults = list(_by_name(node))
    parameters: list[Parameter] = []
    for parameter, required in _given(node.args):
        kind: object = Any
        try:
            kind = evaluate(parameter.annotation, function.module, modules)
        except AnnotationError as error:
            faults.append(_not_evaluated(parameter, error))
        parameters.append(Parameter(parameter.arg, kind, required))
    return Signature(node.name, node.lineno, tuple(parameters), tuple(faults))


def _by_name(node: ast.FunctionDef) -> Iterator[Fault]:
    """Yield why the runtime, which gives everything by name, could not call the function."""
    hint = f"write it as `def {node.name}(spark: SparkSession, *, …)`"
    if "spark" not in {parameter.arg for parameter in [*node.args.args, *node.args.kwonlyargs]}:
        yield Fault(node.lineno, f"`{node.name}` has no parameter `spark`", hint)
    for parameter in node.args.posonlyargs:
        said = f"`{parameter.arg}` of `{node.name}` cannot be given by name"
        yield Fault(parameter.lineno, said, f"take the `/` away: {hint}")


def _given(arguments: ast.arguments) -> Iterator[tuple[ast.arg, bool]]:
    """Yield the parameters that a user may give, and whether each is required."""
    positional = [*arguments.posonlyargs, *arguments.args]
    required = len(positional) - len(arguments.defaults)
    found = [(parameter, place < required) for place, parameter in enumerate(positional)]
    defaults = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    found += [(parameter, default is None) for parameter, default in defaults]
    return (item for item in found if item[0].arg not in RESERVED)


def _not_evaluated(parameter: ast.arg, error: AnnotationError) -> Fault:
    return Fault(
        parameter.lineno,
        f"could not evaluate the annotation of `{parameter.arg}`: {error}",
        "import what it names at the top of the module, to be there at run time",
    )
