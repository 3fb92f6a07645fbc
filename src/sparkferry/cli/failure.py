"""How an error that ends a command is shown."""

from contextlib import suppress

import click

from sparkferry.errors import (
    Diagnostic,
    DiagnosticsError,
    ExternalError,
    SparkferryError,
    of_system,
)


def report(error: Exception, *, trace: bool = False) -> int:
    """Print ``error``, with ``trace`` its stack trace first, and return the exit code it stands for."""
    known = error if isinstance(error, SparkferryError) else _explained(error)
    with suppress(OSError):  # nobody can be told
        if trace:
            from traceback import format_exception

            click.echo("".join(format_exception(error)), err=True)
        if isinstance(known, DiagnosticsError):
            show_diagnostics(known.diagnostics)
        click.echo(f"{click.style('error', fg='red')}: {known.message}", err=True)
        show_hint(known.hint)
    return known.exit_code


def _explained(error: Exception) -> SparkferryError:
    if isinstance(error, OSError):
        return of_system(error)
    return ExternalError(
        f"unexpected {type(error).__name__}: {error}",
        hint="this is a fault of sparkferry; `sparkferry --debug …` shows where it happened",
    )


def show_diagnostics(diagnostics: tuple[Diagnostic, ...]) -> None:
    """Print each diagnostic and its hint to standard error."""
    for item in diagnostics:
        click.echo(str(item), err=True)
        show_hint(item.hint)


def show_hint(hint: str | None) -> None:
    """Print ``hint: …`` to standard error, if there is one."""
    if hint:
        click.echo(f"  {click.style('hint', fg='cyan')}: {hint}", err=True)
