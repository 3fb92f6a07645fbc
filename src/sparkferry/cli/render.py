"""``sparkferry render``: what a run would send."""

from typing import TYPE_CHECKING

import click

from sparkferry.cli.ask import ask_options
from sparkferry.cli.options import json_option, project_options
from sparkferry.project.select import Selected

if TYPE_CHECKING:
    from sparkferry.runs.planning import Ask


@click.command()
@ask_options
@project_options
@json_option
def command(selected: Selected, ask: "Ask", as_json: bool) -> None:
    r"""Print the native request of a run of JOB, as spark-submit's line; with --json the plan, too.

    The layers are packed, since their digests are part of the request. Nothing is sent or recorded.

    \b
    Examples:
      sparkferry render flights
      sparkferry render flights --json
    """
    from sparkferry.base.cache import Cache
    from sparkferry.cli.failure import show_diagnostics
    from sparkferry.cli.output import emit_json
    from sparkferry.cli.progress import reporter
    from sparkferry.flow import check_ask, plan_only, target_of
    from sparkferry.packing import open_project, pack_run
    from sparkferry.runs.open import open_ledger

    project = open_project(selected)
    check_ask(project, ask)
    cargo = pack_run(project, Cache(), reporter(), job=ask.job_name)
    show_diagnostics(cargo.warnings)
    plan = plan_only(project, ask, cargo, open_ledger(project))
    request = target_of(plan).render(plan)
    if as_json:
        emit_json({"plan": plan, "request": request})
    else:
        click.echo(request.text)
