"""``sparkferry run``: the main job."""

from typing import TYPE_CHECKING

import click

from sparkferry.cli.options import json_option, project_options
from sparkferry.cli.run_options import run_options
from sparkferry.project.select import Selected

if TYPE_CHECKING:
    from sparkferry.runs.planning import RunRequest


@click.command()
@run_options
@click.option("--detach", is_flag=True, help="Return as soon as the run is submitted.")
@project_options
@json_option
def command(selected: Selected, request: "RunRequest", detach: bool, as_json: bool) -> int:
    r"""Run JOB: print the run's id, then its result as JSON.

    \b
    Examples:
      sparkferry run flights
      sparkferry run flights --set partitions=8 --tier prod
      sparkferry run tool -- --verbose "as it is"
    """
    from sparkferry.cli.env import make_env
    from sparkferry.cli.failure import show_diagnostics
    from sparkferry.cli.follow import submit_and_follow
    from sparkferry.flow import prepare
    from sparkferry.packing import open_project
    from sparkferry.runs.open import open_ledger

    env = make_env()
    project = open_project(selected, env)
    prepared = prepare(project, request, env)
    show_diagnostics(prepared.warnings)
    return submit_and_follow(
        prepared, open_ledger(project, env), env, detach=detach, as_json=as_json
    )
