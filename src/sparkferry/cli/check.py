"""``sparkferry check``: every problem before a cluster is paid for."""

import click
import msgspec

from sparkferry.cli.failure import show_hint
from sparkferry.cli.options import json_option, project_options
from sparkferry.errors import Diagnostic
from sparkferry.project.select import Selected


@click.command()
@project_options
@json_option
def command(selected: Selected, as_json: bool) -> int:
    r"""Report every problem of config, jobs, code, lock, Python, Spark and Java at once.

    Prints a line for each, with file, line and remedy. Exit code 2 if any is an error, 3 if all errors
    are the outside world's, as in `run`.

    \b
    Examples:
      sparkferry check
      sparkferry check --target local --json
    """
    from sparkferry.checks import check_project
    from sparkferry.cli.env import make_env
    from sparkferry.cli.output import emit_json
    from sparkferry.errors import DiagnosticsError, exit_code_of
    from sparkferry.packing import open_project

    env = make_env()
    try:
        found = check_project(open_project(selected, env), env)
    except DiagnosticsError as error:
        found = error.diagnostics
    if as_json:
        emit_json([msgspec.to_builtins(item) for item in found])
    else:
        _show(found)
    return exit_code_of(found)


def _show(found: tuple[Diagnostic, ...]) -> None:
    for item in found:
        click.echo(item)
        show_hint(item.hint)
    errors = sum(item.severity == "error" for item in found)
    said = f"{_counted(errors, 'error')}, {_counted(len(found) - errors, 'warning')}"
    click.echo(said, err=True)


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
