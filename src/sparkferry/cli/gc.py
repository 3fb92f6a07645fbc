"""``sparkferry gc``: delete what nothing refers to."""

from datetime import timedelta

import click

from sparkferry.cli.options import json_option, project_options
from sparkferry.project.select import Selected


@click.command()
@click.option(
    "--days",
    type=click.IntRange(0),
    default=14,
    show_default=True,
    help="Keep what is younger, or was used since.",
)
@click.option("--dry-run", is_flag=True, help="Say what would go; delete nothing.")
@project_options
@json_option
def command(selected: Selected, days: int, dry_run: bool, as_json: bool) -> None:
    r"""Delete layers of the store that no run refers to, and what the cache does not use any more.

    Runs, their records, logs and outputs stay; what goes from the cache is made again when it is
    needed. Prints the bytes freed.

    \b
    Examples:
      sparkferry gc --dry-run
      sparkferry gc --days 0
    """
    from sparkferry.cli.desk import open_desk
    from sparkferry.cli.output import emit_json
    from sparkferry.layers.cache import Cache
    from sparkferry.runs.gc import collect_garbage, layers_in_use

    age = timedelta(days=days)
    desk = open_desk(selected)
    freed = collect_garbage(desk.ledger, age, dry_run)
    for entry in freed:
        click.echo(f"{'would delete' if dry_run else 'deleted'} {entry.key}", err=True)
    cache, keep = Cache(), layers_in_use(desk.ledger)
    unused = cache.unused(keep, age.total_seconds())
    if not dry_run:
        cache.collect(keep, age.total_seconds())
    sizes = {"store": sum(x.size for x in freed), "cache": sum(x.size for x in unused)}
    if as_json:
        emit_json({**sizes, "keys": [entry.key for entry in freed]})
    else:
        click.echo(sum(sizes.values()))
