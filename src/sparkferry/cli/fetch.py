"""``sparkferry fetch``: a run's files on this machine."""

from pathlib import Path

import click

from sparkferry.cli.options import json_option, store_options
from sparkferry.project.select import Selected


@click.command()
@click.argument("run")
@click.option(
    "--to",
    "destination",
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False),
    help="New or empty directory; one with the run's id, here, if not given.",
)
@click.option("--layers", is_flag=True, help="The interpreter, packages and code that ran, too.")
@store_options
@json_option
def command(
    selected: Selected, run: str, destination: Path | None, layers: bool, as_json: bool
) -> None:
    r"""Bring the records, logs and output of RUN to this machine; print the directory.

    RUN is an id or its unambiguous beginning.

    \b
    Examples:
      sparkferry fetch flights-20261120-0907
      sparkferry fetch --store s3://team/flights flights-20261120-0907 --to result
    """
    from sparkferry.cli.env import make_env
    from sparkferry.cli.lookup import open_runs
    from sparkferry.cli.output import emit_json
    from sparkferry.runs.fetch import fetch_run

    runs = open_runs(selected)
    found = runs.get(run)
    place = (destination or Path(found.id)).absolute()
    progress = make_env().progress
    files = fetch_run(runs.ledger_of(found), found, place, progress, layers=layers)
    if as_json:
        emit_json({"run": found.id, "directory": place, "files": files})
    else:
        click.echo(place)
