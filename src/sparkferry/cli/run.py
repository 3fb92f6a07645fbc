"""``sparkferry run``: the main job."""

from typing import TYPE_CHECKING

import click

from sparkferry.cli.options import json_option, store_options
from sparkferry.cli.run_options import run_options
from sparkferry.project.select import Selected

if TYPE_CHECKING:
    from sparkferry.env import Env
    from sparkferry.flow import Prepared
    from sparkferry.runs.ledger import Ledger
    from sparkferry.runs.planning import RunRequest


@click.command()
@run_options
@click.option("--detach", is_flag=True, help="Return as soon as the run is submitted.")
@click.option(
    "--release", metavar="VERSION", help="Run a release, or `latest`; no checkout is needed."
)
@store_options
@json_option
def command(
    selected: Selected, request: "RunRequest", release: str | None, detach: bool, as_json: bool
) -> int:
    r"""Run JOB: print the run's id, then its result as JSON.

    With --release, code, packages, settings and arguments are those of the release, and nothing is built.

    \b
    Examples:
      sparkferry run flights
      sparkferry run flights --set partitions=8 --tier prod
      sparkferry run tool -- --verbose "as it is"
      sparkferry run flights --release 1.4.0 --store s3://prod/flights
    """
    from sparkferry.cli.env import make_env
    from sparkferry.cli.failure import show_diagnostics
    from sparkferry.cli.follow import submit_and_follow

    env = make_env()
    prepared, ledger = _prepared(selected, request, release, env)
    show_diagnostics(prepared.warnings)
    return submit_and_follow(prepared, ledger, env, detach=detach, as_json=as_json)


def _prepared(
    selected: Selected, request: "RunRequest", release: str | None, env: "Env"
) -> "tuple[Prepared, Ledger]":
    """Plan the run of the project, or of a release; return it with the ledger that it is recorded in."""
    if release:
        from sparkferry.cli.lookup import find_ledgers
        from sparkferry.releases.run import prepare_release

        ledger = find_ledgers(selected, env)[0]
        return prepare_release(ledger, release, request, selected.target, env), ledger
    from sparkferry.flow import prepare
    from sparkferry.packing import open_project
    from sparkferry.runs.open import open_ledger

    project = open_project(selected, env)
    return prepare(project, request, env), open_ledger(project, env)
