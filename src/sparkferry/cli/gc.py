"""``sparkferry gc``: delete what nothing refers to."""

from datetime import timedelta
from typing import TYPE_CHECKING

import click

from sparkferry.cli.options import json_option, project_options
from sparkferry.project.select import Selected

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sparkferry.env import Env
    from sparkferry.project.model import Project
    from sparkferry.runs.ledger import Ledger


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
    needed; what runs and warm clusters that live use is kept, whatever its age. Container
    engines give up the images of runs that are as old. Prints the bytes freed from store and
    cache.

    \b
    Examples:
      sparkferry gc --dry-run
      sparkferry gc --days 0
    """
    from sparkferry.cli.env import make_env
    from sparkferry.cli.output import emit_json
    from sparkferry.packing import open_project
    from sparkferry.releases.model import referred_keys
    from sparkferry.runs.gc import collect_garbage, layers_in_use
    from sparkferry.runs.open import open_ledger, open_ledgers
    from sparkferry.targets.supervise.live import entries_in_use

    age = timedelta(days=days)
    env = make_env()
    begun = env.clock.now()
    project = open_project(selected, env)
    ledger, ledgers = open_ledger(project, env), open_ledgers(project, env)
    freed = collect_garbage(ledger, age, dry_run, lambda: referred_keys(ledger.store))
    images = _images(project, ledgers, env, age, dry_run)
    for name in (*(entry.key for entry in freed), *images):
        click.echo(f"{'would delete' if dry_run else 'deleted'} {name}", err=True)
    cache = env.cache
    keep = entries_in_use(cache.entries()).union(*map(layers_in_use, ledgers))
    # What this very command has asked for is not unused, whatever the age.
    seconds = (env.clock.now() - begun + age).total_seconds()
    unused = cache.unused(keep, seconds)
    if not dry_run:
        cache.collect(keep, seconds)
    sizes = {"store": sum(x.size for x in freed), "cache": sum(x.size for x in unused)}
    if as_json:
        emit_json({**sizes, "keys": [entry.key for entry in freed], "images": images})
    else:
        click.echo(sum(sizes.values()))


def _images(
    project: "Project", ledgers: "Sequence[Ledger]", env: "Env", age: timedelta, dry_run: bool
) -> tuple[str, ...]:
    """Remove images from container engines; one that does not answer keeps its own."""
    from sparkferry.errors import ExternalError
    from sparkferry.flow import prune_images
    from sparkferry.runs.gc import unused_images

    try:
        return prune_images(project, unused_images(ledgers, age), env, dry_run=dry_run)
    except ExternalError as error:
        click.echo(f"images stay where they are: {error.message}", err=True)
        return ()
