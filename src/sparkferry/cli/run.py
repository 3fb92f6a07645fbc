"""``sparkferry run``: the main job."""

from typing import TYPE_CHECKING

import click

from sparkferry.cli.ask import ask_options
from sparkferry.cli.options import json_option, project_options
from sparkferry.project.select import Selected

if TYPE_CHECKING:
    from sparkferry.runs.planning import Ask


@click.command()
@ask_options
@click.option("--detach", is_flag=True, help="Return as soon as the run is submitted.")
@project_options
@json_option
def command(selected: Selected, ask: "Ask", detach: bool, as_json: bool) -> int:
    r"""Run JOB: print the run's id, then its result as JSON.

    \b
    Examples:
      sparkferry run flights
      sparkferry run flights --set partitions=8 --tier prod
      sparkferry run tool -- --verbose "as it is"
    """
    from sparkferry.base.cache import Cache
    from sparkferry.cli.carry import carry
    from sparkferry.cli.failure import show_diagnostics
    from sparkferry.cli.progress import reporter
    from sparkferry.flow import check_ask, check_target, plan_run
    from sparkferry.packing import open_project, pack_run
    from sparkferry.runs.open import open_ledger

    project = open_project(selected)
    check_ask(project, ask)
    check_target(project)
    progress, ledger = reporter(), open_ledger(project)
    cargo = pack_run(project, Cache(), progress, job=ask.job_name)
    show_diagnostics(cargo.warnings)
    run = plan_run(project, ask, cargo, ledger, progress)
    return carry(run, ledger, progress, detach=detach, as_json=as_json)
