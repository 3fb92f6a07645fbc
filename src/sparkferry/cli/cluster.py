"""``sparkferry cluster``: keep an embedded Spark cluster warm."""

from typing import TYPE_CHECKING

import click

from sparkferry.cli.failure import show_hint
from sparkferry.cli.options import json_option, project_options
from sparkferry.project.select import Selected

if TYPE_CHECKING:
    from sparkferry.targets.api import Clusters


@click.group()
def command() -> None:
    r"""Keep an embedded Spark cluster warm between runs.

    `sparkferry run` uses a warm cluster of its target's size, and otherwise starts one of its own.

    \b
    Example:
      sparkferry cluster up && sparkferry run flights && sparkferry cluster down
    """


@command.command()
@project_options
def up(selected: Selected) -> None:
    """Start the cluster of the target, unless it runs, and print its master's URL."""
    click.echo(_clusters(selected).up())


@command.command()
@click.option("--all", "everything", is_flag=True, help="Stop every warm cluster of this user.")
@project_options
def down(selected: Selected, everything: bool) -> None:
    """Stop the warm cluster of the target; print the URL of each master that was stopped.

    A cluster of other settings goes on: it is named on standard error, with what is different.
    """
    kept = _every_cluster() if everything else (_clusters(selected),)
    stopped = (item for clusters in kept for item in clusters.down(everything=everything))
    for master, different in stopped:
        if different is None:
            click.echo(master)
            continue
        click.echo(f"the cluster {master} goes on: it has other settings ({different})", err=True)
        show_hint(
            "stop it with `sparkferry cluster down --all`, or with the settings it was started with"
        )


@command.command()
@json_option
def status(as_json: bool) -> None:
    """List the warm clusters of this user, of all projects and settings.

    `cluster down` stops the one that has the settings of its target, and `cluster down --all` each of them.
    """
    from sparkferry.cli.output import emit_json, table

    rows = [row for clusters in _every_cluster() for row in clusters.summaries()]
    if as_json:
        emit_json(rows)
    else:
        table([list(row.values()) for row in rows], list(rows[0]) if rows else [])


@command.command()
@project_options
def warm(selected: Selected) -> None:
    """Make the JVM class-data archive of the target's Spark and Java now, and print its path.

    Without this, it is made in the background after the first run. Takes half a minute, once.
    """
    click.echo(_clusters(selected).warm())


def _clusters(selected: Selected) -> "Clusters":
    from sparkferry.cli.env import make_env
    from sparkferry.packing import open_project
    from sparkferry.targets.registry import clusters_of

    env = make_env()
    return clusters_of(open_project(selected, env), env)


def _every_cluster() -> "tuple[Clusters, ...]":
    from sparkferry.cli.env import make_env
    from sparkferry.targets.registry import all_clusters

    return all_clusters(make_env())
