"""``sparkferry logs``: what driver and executors have written."""

import json
from typing import Any

import click

from sparkferry.cli.options import json_option, store_options
from sparkferry.project.select import Selected


@click.command()
@click.argument("run")
@click.option("-f", "--follow", is_flag=True, help="Go on until the run has ended.")
@click.option("--executor", type=click.IntRange(0), metavar="N", help="Executor N, not the driver.")
@click.option(
    "--stream",
    type=click.Choice(["stdout", "stderr"]),
    default="stderr",
    show_default=True,
    help="Of the executor; Spark logs to stderr.",
)
@store_options
@json_option
def command(selected: Selected, run: str, follow: bool, as_json: bool, **which: Any) -> None:
    r"""Print the log of RUN, an id or its unambiguous beginning: the driver's, or an executor's.

    With --json, an object a line: `run`, `log` and `line`.

    \b
    Examples:
      sparkferry logs flights-20261120-0907 -f
      sparkferry logs pi --executor 0 --stream stdout
    """
    from sparkferry.cli.lookup import open_runs
    from sparkferry.runs.logs import follow_log, lines, log_name, read_log

    runs = open_runs(selected)
    found = runs.recorded(run)
    name = log_name(**which)
    source = (runs.client_of(found.plan), runs.ledger_of(found), found, name)
    chunks = follow_log(*source, runs.patience) if follow else read_log(*source)
    if not as_json:
        for chunk in chunks:
            click.echo(chunk, nl=False)
        return
    for line in lines(chunks):
        click.echo(json.dumps({"run": found.id, "log": name, "line": line}, ensure_ascii=False))
