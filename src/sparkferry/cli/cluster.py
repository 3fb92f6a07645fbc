"""``sparkferry cluster``: keep an embedded Spark cluster warm."""

from typing import TYPE_CHECKING

import click

from sparkferry.cli.failure import show_hint
from sparkferry.cli.options import json_option, project_options
from sparkferry.project.select import Selected

if TYPE_CHECKING:
    from sparkferry.targets.local.cluster import Cluster, ClusterSpec


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
    from sparkferry.cli.progress import reporter
    from sparkferry.targets.local.warm import cluster_up

    click.echo(cluster_up(_spec(selected), reporter()).master)


@command.command()
@click.option("--all", "everything", is_flag=True, help="Stop every warm cluster of this user.")
@project_options
def down(selected: Selected, everything: bool) -> None:
    """Stop the warm cluster of the target; print the URL of each master that was stopped.

    A cluster of other settings goes on: it is named on standard error, with what is different.
    """
    from sparkferry.targets.local.warm import cluster_down, place_of, warm_clusters

    spec = None if everything else _spec(selected)
    for cluster in list(warm_clusters()):
        if spec is None or cluster.directory == place_of(spec):
            cluster_down(cluster.directory)
            click.echo(cluster.master)
        else:
            _tell_left(cluster, spec)


def _tell_left(cluster: "Cluster", wanted: "ClusterSpec") -> None:
    from sparkferry.targets.local.warm import differences

    said = "; ".join(differences(cluster, wanted))
    click.echo(f"the cluster {cluster.master} goes on: it has other settings ({said})", err=True)
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
    from sparkferry.targets.local.warm import summary, warm_clusters

    rows = [summary(cluster) for cluster in warm_clusters()]
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
    from sparkferry.base.cache import Cache
    from sparkferry.cli.progress import reporter
    from sparkferry.spark.class_data import make_class_data

    spec = _spec(selected)
    made = make_class_data(spec.home, spec.java, Cache(), reporter())
    click.echo(made.spark or "")


def _spec(selected: Selected) -> "ClusterSpec":
    from sparkferry.base.cache import Cache
    from sparkferry.cli.progress import reporter
    from sparkferry.packing import open_project
    from sparkferry.targets.local.warm import spec_of

    return spec_of(open_project(selected), Cache(), reporter())
