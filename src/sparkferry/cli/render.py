"""``sparkferry render``: what a run would send."""

from typing import TYPE_CHECKING

import click

from sparkferry.cli.options import json_option, project_options
from sparkferry.cli.run_options import run_options
from sparkferry.project.select import Selected

if TYPE_CHECKING:
    from sparkferry.runs.planning import RunRequest


@click.command()
@run_options
@project_options
@json_option
def command(selected: Selected, request: "RunRequest", as_json: bool) -> None:
    r"""Print the native request of a run of JOB, as spark-submit's line; with --json the plan, too.

    The layers are packed, since their digests are part of the request. Nothing is sent or recorded.

    \b
    Examples:
      sparkferry render flights
      sparkferry render flights --json
    """
    from sparkferry.cli.env import make_env
    from sparkferry.cli.failure import show_diagnostics
    from sparkferry.cli.output import emit_json
    from sparkferry.flow import check_request, pack, plan_with, request_of
    from sparkferry.packing import open_project

    env = make_env()
    project = open_project(selected, env)
    check_request(project, request)
    artifacts = pack(project, env, job=request.job_name)
    show_diagnostics(artifacts.warnings)
    plan = plan_with(project, request, artifacts, env).plan
    native = request_of(plan)
    if as_json:
        said = {"media_type": native.media_type, "text": native.text, "value": native.data()}
        emit_json({"plan": plan, "request": said})
    else:
        click.echo(native.text)
