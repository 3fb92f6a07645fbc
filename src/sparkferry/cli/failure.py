"""How an error that ends a command is shown."""

import click

from sparkferry.errors import Diagnostic, DiagnosticsError, SparkferryError


def report(error: Exception) -> int:
    """Print ``error`` to standard error and return the exit code it stands for."""
    if isinstance(error, DiagnosticsError):
        show_diagnostics(error.diagnostics)
    if isinstance(error, SparkferryError):
        click.echo(f"{click.style('error', fg='red')}: {error.message}", err=True)
        show_hint(error.hint)
        return error.exit_code
    click.echo(
        f"{click.style('error', fg='red')}: unexpected {type(error).__name__}: {error}", err=True
    )
    show_hint("this is a fault of sparkferry; `sparkferry --debug …` shows where it happened")
    return 3


def show_diagnostics(diagnostics: tuple[Diagnostic, ...]) -> None:
    """Print each diagnostic and its hint to standard error."""
    for item in diagnostics:
        click.echo(str(item), err=True)
        show_hint(item.hint)


def show_hint(hint: str | None) -> None:
    """Print ``hint: …`` to standard error, if there is one."""
    if hint:
        click.echo(f"  {click.style('hint', fg='cyan')}: {hint}", err=True)
