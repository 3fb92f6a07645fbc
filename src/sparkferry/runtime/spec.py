"""What the runtime is told about a run: the one value that crosses from laptop to cluster."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, fields
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Spec:
    """One run of one job. Exactly one of ``entry`` and ``script`` is given."""

    run_id: str
    job: str
    """The job's name in the project."""
    tier: str
    output: str
    """URI of the run's output location."""
    report: str
    """Directory of the driver's machine, or URI, that receives the report files."""
    entry: str | None = None
    """``package.module:function``"""
    script: str | None = None
    """Path of a Python file, relative to the code layer."""
    args: Mapping[str, Any] = field(default_factory=dict)
    """Arguments from the configuration, as JSON data."""
    sets: Mapping[str, str] = field(default_factory=dict)
    """Arguments from the command line, as text; they win."""
    config: Mapping[str, Any] = field(default_factory=dict)
    argv: tuple[str, ...] = ()
    """What stood after ``--``. It travels here, since the JVM between spark-submit and Python
    keeps neither bytes that are not of its locale nor carriage returns of an argument."""
    strict: bool = False
    """Whether an import from outside of the layers fails the run."""

    def to_json(self) -> str:
        """Return ASCII text; bytes that are not UTF-8 (surrogate escapes) survive in it."""
        return json.dumps(asdict(self), sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Spec:
        """Read what :meth:`to_json` wrote.

        :raises ValueError: it is not JSON, or keys are unknown or missing, or both or neither of
            ``entry`` and ``script`` are given.
        """
        data = json.loads(text)
        unknown = set(data) - {known.name for known in fields(cls)}
        if unknown:
            raise ValueError(f"could not read the run's specification: unknown {sorted(unknown)}")
        try:
            spec = cls(**{**data, "argv": tuple(data.get("argv", ()))})
        except TypeError as error:
            raise ValueError(f"could not read the run's specification: {error}") from error
        if (spec.entry is None) == (spec.script is None):
            raise ValueError(
                "could not read the run's specification: give one of `entry` and `script`"
            )
        return spec
