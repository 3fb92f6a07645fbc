"""How a run ended, as it is recorded."""

from __future__ import annotations

import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sparkferry.runtime.as_json import NotJsonError, as_json
from sparkferry.runtime.probe import ProbeError

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

_RUNTIME = str(Path(__file__).parent)
_MACHINERY = ("<frozen ", "runpy.py", "importlib/__init__.py")
"""Frames of the standard library between the runtime and a job's own code."""


@dataclass(frozen=True)
class Ended:
    """The outcome of a job."""

    state: str
    """``succeeded``, ``failed`` or ``cancelled``."""
    code: int
    """Exit code of the driver."""
    result: Any = None
    """What the job returned, as JSON data."""
    error: dict[str, str] | None = None
    """``type``, ``message`` and ``traceback``."""
    warnings: tuple[str, ...] = ()


def outcome_of(action: Callable[[], object]) -> Ended:
    """Perform ``action`` and return how it ended; nothing is raised."""
    try:
        return _succeeded(action())
    except BaseException as error:  # noqa: BLE001 - whatever a job raises is recorded as its end
        return Ended("failed", 1, _carried(error), _described(error))


def _succeeded(value: object) -> Ended:
    try:
        return Ended("succeeded", 0, as_json(value))
    except (NotJsonError, RecursionError) as error:
        return Ended("succeeded", 0, warnings=(f"the job's result is not recorded: {error}",))


def _carried(error: BaseException) -> object:
    """Return the result that the error carries: that of a probe with mismatches."""
    return as_json(error.result) if isinstance(error, ProbeError) else None


def _described(error: BaseException) -> dict[str, str]:
    """Return the error as ``type``, ``message`` and ``traceback``, from the job's first frame on."""
    kind = type(error)
    module = "" if kind.__module__ in ("builtins", "__main__") else f"{kind.__module__}."
    lines = traceback.format_exception(kind, error, _own_frames(error.__traceback__))
    return {
        "type": f"{module}{kind.__qualname__}",
        "message": _message(error),
        "traceback": "".join(lines),
    }


def _message(error: BaseException) -> str:
    """Return the error's text; that of a Java error is fetched from the JVM, which may be dead."""
    try:
        return str(error)
    except Exception as lost:  # noqa: BLE001 - whatever py4j raises when nobody answers
        return f"its message was lost with Spark's JVM: {lost}"


def _own_frames(trace: TracebackType | None) -> TracebackType | None:
    while trace is not None and _is_ours(trace.tb_frame.f_code.co_filename):
        trace = trace.tb_next
    return trace


def _is_ours(filename: str) -> bool:
    return filename.startswith((_RUNTIME, _MACHINERY[0])) or filename.endswith(_MACHINERY[1:])
