"""``sparkferry runs``: what has been run."""

from typing import get_args

import click

from sparkferry.cli.options import json_option, store_options
from sparkferry.cli.output import emit_json, table
from sparkferry.project.select import Selected
from sparkferry.runs.states import State


@click.command()
@click.option("--job", metavar="NAME", help="Runs of this job only.")
@click.option("--branch", metavar="NAME", help="Runs of this branch only.")
@click.option("--state", type=click.Choice(get_args(State)), help="Runs in this state only.")
@click.option("--mine", is_flag=True, help="Runs that this user has submitted only.")
@click.option(
    "--since",
    metavar="WHEN",
    help="Runs since then only: `2026-11-20`, a moment of ISO 8601 (UTC), or `36h`, `7d` ago.",
)
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True, help="At most.")
@store_options
@json_option
def command(
    selected: Selected,
    mine: bool,
    since: str | None,
    limit: int,
    as_json: bool,
    **wanted: str | None,
) -> None:
    r"""List runs, newest first: run, job, branch, state, start (UTC), seconds.

    What has ended while nobody looked is brought up to date first. Runs of all targets are listed, in
    whichever stores they are; with --target those in the store of one. All branches are listed unless
    --branch names one.

    \b
    Examples:
      sparkferry runs
      sparkferry runs --job flights --state failed --json
      sparkferry runs --mine --since 7d --store gs://team/flights
    """
    import msgspec

    from sparkferry.cli.env import make_env
    from sparkferry.cli.lookup import open_runs
    from sparkferry.clock import moment
    from sparkferry.paths import user_name
    from sparkferry.runs.describe import (
        HEADERS,
        row,
        summary,
        unreadable_row,
        unreadable_summary,
    )
    from sparkferry.runs.index import Filter

    env = make_env()
    wanted["user"] = user_name(env.environ) if mine else None
    wanted["since"] = moment(since, env.clock) if since else None
    page = open_runs(selected).page(msgspec.convert(wanted, Filter), limit)
    for run_id in page.unwritten:
        click.echo(f"`{run_id}` is reserved without a plan: its client ended early", err=True)
    broken = () if any(wanted.values()) else page.unreadable
    if as_json:
        emit_json([*map(summary, page.runs), *map(unreadable_summary, broken)])
        return
    table([*map(row, page.runs), *map(unreadable_row, broken)], HEADERS)
    for run in page.unreadable:
        click.echo(f"`{run.id}` is unreadable: {run.reason}", err=True)
