"""The one exception tree.

::

    SparkferryError            exit code
    ├── UserError              2    what the user wrote or asked for
    │   └── DiagnosticsError   2    many problems at once, each with file and line
    ├── ExternalError          3    the outside world: a tool, a disk, a network, a cluster
    │   └── TransientError     3    it may go away by itself
    ├── RunFailedError         1    the job itself failed
    └── InterruptError         130  the user pressed Ctrl-C; 129 and 143 for SIGHUP and SIGTERM

Every message reads ``could not <action> `<object>`: <reason>``; ``hint`` says what to do.
"""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning"]


class SparkferryError(Exception):
    """Base of all errors that sparkferry raises on purpose."""

    exit_code: int = 3
    """The process's exit code when this error ends a command."""

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        """What the user can do about it, or None where nothing is known."""


class UserError(SparkferryError):
    """The user's input is wrong: nothing was changed."""

    exit_code = 2


class ExternalError(SparkferryError):
    """Something outside of the program and the project failed."""

    exit_code = 3


class TransientError(ExternalError):
    """An answer got lost or a server is overloaded: it may go away by itself.

    What was asked for may have been done.
    """


class RunFailedError(SparkferryError):
    """The job was run and failed."""

    exit_code = 1


class InterruptError(SparkferryError):
    """The user interrupted the command."""

    exit_code = 130


class Stopped(KeyboardInterrupt):
    """A signal asked the command to end: what is under way ends as on Ctrl-C."""

    def __init__(self, number: int, reason: str) -> None:
        super().__init__(reason)
        self.exit_code = 128 + number
        """As shells tell of a program that a signal ended."""


def interrupted(action: str, error: KeyboardInterrupt) -> InterruptError:
    """Return the error for a command that Ctrl-C or a signal ended while it did ``action``."""
    found = InterruptError(f"could not {action}: {reason_of(error)}, and cancelled")
    found.exit_code = getattr(error, "exit_code", InterruptError.exit_code)
    return found


def reason_of(error: KeyboardInterrupt) -> str:
    """Return why a command was interrupted, in words."""
    return str(error) or "interrupted"


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One problem of the user's project, with its place and its remedy."""

    severity: Severity
    message: str
    hint: str | None = None
    file: str | None = None
    """Path relative to the project's root, or None where no file is to blame."""
    line: int | None = None
    """Line in ``file``, counted from 1."""
    exit_code: int = 2
    """Exit code of a command that this error ends: 2, or 3 where the outside world failed."""

    def __str__(self) -> str:
        """Return ``file:line: severity: message``, as compilers print it."""
        place = ":".join(str(part) for part in (self.file, self.line) if part is not None)
        said = f"{self.severity}: {self.message}"
        return f"{place}: {said}" if place else said


class DiagnosticsError(UserError):
    """Problems that were collected and are reported together."""

    def __init__(self, action: str, diagnostics: Iterable[Diagnostic]) -> None:
        self.diagnostics = tuple(diagnostics)
        self.exit_code = exit_code_of(self.errors)
        count = len(self.errors)
        super().__init__(f"could not {action}: {count} problem{'s' if count != 1 else ''}")

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        """The diagnostics of severity ``error``."""
        return tuple(item for item in self.diagnostics if item.severity == "error")


def of_system(error: OSError) -> ExternalError:
    """Return what the operating system refused as an error of the tree."""
    said = error.strerror or str(error)
    if error.filename is None:
        return ExternalError(f"could not write what was asked for: {said}")
    name = os.fsdecode(error.filename) if isinstance(error.filename, bytes) else error.filename
    return ExternalError(
        f"could not use `{name}`: {said}",
        hint="see whether it is there, and whether you may read and write it",
    )


def as_diagnostic(error: SparkferryError, file: str | None = None) -> Diagnostic:
    """Return ``error`` as a diagnostic with the same exit code."""
    return Diagnostic("error", error.message, error.hint, file, exit_code=error.exit_code)


def exit_code_of(diagnostics: Iterable[Diagnostic]) -> int:
    """Return the exit code of a command with these findings: 0 without errors, 2 for the user's input.

    It is 3 only where every error is the outside world's.
    """
    return min((item.exit_code for item in diagnostics if item.severity == "error"), default=0)


def warnings_of(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Return the diagnostics of severity ``warning``, each once."""
    return tuple(dict.fromkeys(item for item in diagnostics if item.severity == "warning"))


def raise_errors(action: str, diagnostics: Iterable[Diagnostic]) -> None:
    """Raise :class:`DiagnosticsError` if any of the diagnostics is an error."""
    found = tuple(diagnostics)
    if any(item.severity == "error" for item in found):
        raise DiagnosticsError(action, found)
