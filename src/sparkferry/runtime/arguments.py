"""The typed arguments of a job, bound by its function's annotations.

The laptop binds with annotations that it read from the source, before anything is packed; the
cluster binds with the real ones, right before the call.
"""

from __future__ import annotations

import difflib
import inspect
import typing
from dataclasses import dataclass
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from sparkferry.runtime.convert import convert, type_name
from sparkferry.runtime.scalars import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

__all__ = [
    "RESERVED",
    "ArgumentError",
    "ArgumentsError",
    "Parameter",
    "bind",
    "convert",
    "parameters_of",
]

RESERVED = ("spark", "context")
"""Parameters that the runtime fills: the session, and the :class:`~sparkferry.runtime.JobContext`."""


@dataclass(frozen=True)
class Parameter:
    """One parameter of a job's function."""

    name: str
    annotation: Any
    """A type, as ``int`` or ``list[str]``; ``Any`` where none is written."""
    required: bool
    """Whether the function has no default for it."""


class ArgumentsError(ValueError):
    """Every problem of a job's arguments, at once."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = list(problems)
        super().__init__("; ".join(self.problems))


def bind(
    parameters: Sequence[Parameter], args: Mapping[str, Any], sets: Mapping[str, str]
) -> dict[str, Any]:
    """Return the given arguments, converted; parameters that are not given keep their default.

    :param args: data from the configuration, by parameter name.
    :param sets: text from the command line, by parameter name; wins over ``args``.
    :raises ArgumentsError: unknown names, missing ones, and values of the wrong type.
    """
    known = {parameter.name: parameter for parameter in parameters}
    given: dict[str, Any] = {**args, **sets}
    problems = [_unknown(name, list(known)) for name in given if name not in known]
    problems += [
        f"argument `{name}` is missing: the job has no default for it ({type_name(it.annotation)})"
        for name, it in known.items()
        if it.required and name not in given
    ]
    bound: dict[str, Any] = {}
    for name in (name for name in given if name in known):
        try:
            bound[name] = convert(given[name], known[name].annotation, name)
        except ArgumentError as error:
            problems.append(str(error))
    if problems:
        raise ArgumentsError(problems)
    return bound


def _unknown(name: str, known: list[str]) -> str:
    if name in RESERVED:
        return f"argument `{name}` cannot be given: sparkferry fills it"
    near = difflib.get_close_matches(name, known, n=1)
    if near:
        return f"argument `{name}` is unknown: did you mean `{near[0]}`?"
    names = ", ".join(f"`{item}`" for item in known)
    return f"argument `{name}` is unknown: the job takes {names or 'none'}"


def parameters_of(function: Callable[..., Any]) -> list[Parameter]:
    """Return the parameters that a user may give: all but ``spark``, ``context``, ``*a`` and ``**k``.

    :raises ArgumentError: an annotation cannot be evaluated.
    """
    variadic = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return [
        Parameter(name, _annotation(function, found), found.default is inspect.Parameter.empty)
        for name, found in inspect.signature(function).parameters.items()
        if name not in RESERVED and found.kind not in variadic
    ]


def _annotation(function: Callable[..., Any], parameter: inspect.Parameter) -> object:
    """Evaluate one annotation alone: others may name what only type checkers import."""
    if parameter.annotation is inspect.Parameter.empty:
        return Any
    alone = SimpleNamespace(__annotations__={parameter.name: parameter.annotation})
    names = getattr(inspect.unwrap(function), "__globals__", {})
    try:
        hints = typing.get_type_hints(alone, names, include_extras=True)
    except Exception as error:
        raise ArgumentError(
            f"argument `{parameter.name}`: could not evaluate its annotation "
            f"`{parameter.annotation}`: {error}; import what it names at run time, "
            "not under TYPE_CHECKING alone"
        ) from error
    return hints[parameter.name]
