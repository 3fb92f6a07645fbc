"""``sparkferry rerun``: the same again."""

import click

from sparkferry.cli.options import json_option, store_options
from sparkferry.project.select import Selected


@click.command()
@click.argument("run")
@click.option("--run-id", metavar="ID", help="The new run's id; made up if not given.")
@click.option("--detach", is_flag=True, help="Return as soon as the run is submitted.")
@store_options
@json_option
def command(selected: Selected, run: str, run_id: str | None, detach: bool, as_json: bool) -> int:
    r"""Run RUN again, with the same layers, arguments and properties, whatever the project is now.

    Prints the new run's id, then its result. The layers come from the store; nothing is packed.
    Spark properties that hold secrets come from the settings, since no record has them.

    \b
    Examples:
      sparkferry rerun flights-20261120-0907
      sparkferry rerun --store s3://team/flights flights-20261120-0907
    """
    from sparkferry.again import prepare_again, project_of
    from sparkferry.cli.env import make_env
    from sparkferry.cli.failure import show_diagnostics
    from sparkferry.cli.follow import submit_and_follow
    from sparkferry.cli.lookup import open_runs
    from sparkferry.packing import open_project

    env, runs = make_env(), open_runs(selected)
    old = runs.recorded(run)
    ledger = runs.ledger_of(old)
    project = project_of(old.plan, ledger) if selected.store else open_project(selected, env)
    prepared = prepare_again(project, old.plan, ledger, run_id, env)
    show_diagnostics(prepared.warnings)
    return submit_and_follow(prepared, ledger, env, detach=detach, as_json=as_json)
