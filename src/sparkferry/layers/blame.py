"""Problems of the code layer, with the place of the setting that asks for what cannot be had."""

from sparkferry.errors import Diagnostic, Severity
from sparkferry.project.keys import dotted
from sparkferry.project.model import Project


def blame(
    project: Project,
    setting: tuple[str, ...],
    message: str,
    hint: str,
    *,
    severity: Severity = "error",
) -> Diagnostic:
    """Return a diagnostic at the place where ``setting`` (keys below `[tool.sparkferry]`) is given."""
    origin = project.origins.get(dotted(setting), "")
    file, _, line = origin.rpartition(":")
    if file and line.isdecimal():
        return Diagnostic(severity, message, hint, file, int(line))
    return Diagnostic(severity, f"{origin}: {message}" if origin else message, hint)
