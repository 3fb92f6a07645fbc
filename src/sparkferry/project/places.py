"""From a key of the configuration to the place where it is written."""

from collections.abc import Mapping, Sequence

from sparkferry.errors import Diagnostic, Severity
from sparkferry.project.document import FILE
from sparkferry.project.keys import dotted

DEFAULT = "default"
"""Origin of a value that nobody has given."""


def origin(origins: Mapping[str, str], path: Sequence[str]) -> str:
    """Return where the value at ``path``, or else the nearest table above it, comes from.

    ``origins`` is that of a :class:`~sparkferry.project.model.Project`.
    """
    above = (dotted(path[:length]) for length in range(len(path), -1, -1))
    return next((origins[key] for key in above if key in origins), DEFAULT)


def diagnostic(
    origins: Mapping[str, str],
    path: Sequence[str],
    message: str,
    hint: str | None = None,
    *,
    severity: Severity = "error",
) -> Diagnostic:
    """Return a diagnostic of the value at ``path``, with the file and line where it is written.

    Where it was given otherwise, the message begins with its origin.
    """
    place = origin(origins, path)
    file, _, line = place.partition(":")
    if file == FILE:
        return Diagnostic(severity, message, hint, FILE, int(line))
    said = message if place == DEFAULT else f"{place}: {message}"
    return Diagnostic(severity, said, hint)
