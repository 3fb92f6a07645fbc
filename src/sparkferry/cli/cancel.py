"""``sparkferry cancel``: stop a run."""

import click

from sparkferry.cli.options import json_option, store_options
from sparkferry.cli.output import emit_json
from sparkferry.project.select import Selected


@click.command()
@click.argument("run")
@store_options
@json_option
def command(selected: Selected, run: str, as_json: bool) -> None:
    r"""Stop RUN, an id or its unambiguous beginning, wherever it was started; print its id.

    A run that has ended already stays as it is.

    \b
    Example:
      sparkferry cancel flights-20261120-0907
    """
    from sparkferry.cli.lookup import open_runs
    from sparkferry.runs.cancel import cancel
    from sparkferry.runs.describe import summary

    runs = open_runs(selected)
    found = runs.recorded(run)
    ended = found.final
    if not ended:
        ledger, client = runs.ledger_of(found), runs.client_of(found.plan)
        found = cancel(client, ledger, found, runs.patience)
    click.echo(f"the run {'had ended before' if ended else 'is now'}: {found.state}", err=True)
    if as_json:
        emit_json(summary(found))
    else:
        click.echo(found.id)
