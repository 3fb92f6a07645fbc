"""``sparkferry probe``: proof that every executor has what was packed."""

from typing import Any

import click

from sparkferry.cli.options import json_option, project_options
from sparkferry.project.select import Selected

HEADERS = (
    "where",
    "host",
    "python",
    "executable",
    "packages",
    "interpreter",
    "packages layer",
    "code",
)


@click.command()
@project_options
@json_option
def command(selected: Selected, as_json: bool) -> int:
    r"""Run a task on every executor that reports its interpreter, packages and layers.

    Compares them with the lock and with the driver; exit code 1 on a mismatch. It is a run like any
    other, and is recorded.

    \b
    Examples:
      sparkferry probe
      sparkferry probe --target local --json
    """
    from sparkferry.cli.env import make_env
    from sparkferry.cli.failure import show_diagnostics
    from sparkferry.cli.follow import show_job_error, wait
    from sparkferry.cli.output import emit_json, table
    from sparkferry.flow import prepare_probe, reserve
    from sparkferry.packing import open_project
    from sparkferry.runs.open import open_ledger

    env = make_env()
    project = open_project(selected, env)
    prepared = prepare_probe(project, env)
    show_diagnostics(prepared.warnings)
    outcome = wait(reserve(prepared, open_ledger(project, env)), env)
    if as_json:
        emit_json(outcome)
    elif outcome.result:
        table(rows(outcome.result), HEADERS)
    for mismatch in (outcome.result or {}).get("mismatches", ()):
        click.echo(f"mismatch: {mismatch}", err=True)
    if outcome.error and not outcome.result:
        show_job_error(outcome.run_id, outcome.error)
    return outcome.exit_code


def rows(result: dict[str, Any]) -> list[tuple[object, ...]]:
    """Return a row for the driver and for each executor."""
    places = {"driver": result["driver"]}
    places |= {f"executor {name}": facts for name, facts in result["executors"].items()}
    return [
        (
            where,
            facts["host"],
            facts["python"],
            facts["executable"],
            len(facts["packages"]),
            *(
                (facts["trees"].get(kind) or "-")[:12]
                for kind in ("interpreter", "packages", "code")
            ),
        )
        for where, facts in places.items()
    ]
