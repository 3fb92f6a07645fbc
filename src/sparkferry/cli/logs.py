"""``sparkferry logs``: what driver and executors have written."""

import click

from sparkferry.cli.options import project_options
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
@project_options
def command(selected: Selected, run: str, follow: bool, executor: int | None, stream: str) -> None:
    r"""Print the log of RUN, an id or its unambiguous beginning: the driver's, or an executor's.

    \b
    Examples:
      sparkferry logs flights-20261120-0907 -f
      sparkferry logs pi --executor 0 --stream stdout
    """
    from sparkferry.cli.desk import open_desk
    from sparkferry.runs.logs import follow_log, log_name, read_log

    desk = open_desk(selected)
    found = desk.ledger.get(run)
    source = (desk.target_of(found.plan), desk.ledger, found, log_name(executor, stream))
    for chunk in follow_log(*source) if follow else read_log(*source):
        click.echo(chunk, nl=False)
