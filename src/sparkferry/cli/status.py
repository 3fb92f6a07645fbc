"""``sparkferry status``: one run."""

import json

import click

from sparkferry.cli.failure import show_hint
from sparkferry.cli.options import json_option, store_options
from sparkferry.cli.output import emit_json, table
from sparkferry.project.select import Selected


@click.command()
@click.argument("run")
@store_options
@json_option
def command(selected: Selected, run: str, as_json: bool) -> None:
    r"""Show the state of RUN, an id or its unambiguous beginning, and what came out.

    With --json also the whole plan and every event.

    \b
    Examples:
      sparkferry status flights-20261120-0907
      sparkferry status pi --json
    """
    from sparkferry.cli.lookup import open_runs
    from sparkferry.runs.describe import details, summary
    from sparkferry.runs.left import left_place
    from sparkferry.runs.outcome import read_outcome

    runs = open_runs(selected)
    found = runs.get(run)
    outcome = read_outcome(runs.ledger_of(found), found) if found.final else None
    if as_json:
        emit_json(details(found, outcome))
        return
    rows = {name: value for name, value in summary(found).items() if value is not None}
    if outcome and outcome.error:
        rows["error"] = f"{outcome.error.type}: {outcome.error.message}"
    elif outcome:
        rows["result"] = json.dumps(outcome.result, ensure_ascii=False)
    if outcome and outcome.left:
        rows["left"] = (
            f"{len(outcome.left)} files, {sum(outcome.left.values())} bytes in {left_place(found)}"
        )
    table(list(rows.items()), ("what", "value"))
    if outcome and outcome.error and outcome.error.fix:
        show_hint(f"{outcome.error.cause}; {outcome.error.fix}")
    for warning in outcome.warnings if outcome else ():
        click.echo(f"warning: {warning}", err=True)
