"""``sparkferry store``: what a store holds."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from sparkferry.cli.options import json_option, store_options
from sparkferry.cli.output import emit_json, table
from sparkferry.project.select import Selected

if TYPE_CHECKING:
    from sparkferry.runs.ledger import Ledger

_RUNS = 3
"""Runs that a row names."""


@click.group()
def command() -> None:
    r"""See what a store holds: layers, records, logs and outputs, and for which run.

    The store is that of the project's target, or the one that --store or SPARKFERRY_STORE names.

    \b
    Example:
      sparkferry store du --store s3://team/flights
    """


@command.command()
@click.argument("prefix", default="")
@store_options
@json_option
def ls(selected: Selected, prefix: str, as_json: bool) -> None:
    r"""List the objects whose key begins with PREFIX: bytes, time (UTC), key, and who needs it.

    \b
    Examples:
      sparkferry store ls
      sparkferry store ls layers/ --store gs://team/flights
    """
    from sparkferry.releases.model import referred_keys
    from sparkferry.runs.contents import items

    ledger = _ledger(selected)
    found = list(items(ledger, prefix, lambda: referred_keys(ledger.store)))
    if as_json:
        emit_json(found)
        return
    rows = [(x.size, x.created, x.key, _few(x.runs)) for x in found]
    table(rows, ("bytes", "created", "key", "for"))


@command.command()
@click.argument("prefix", default="")
@store_options
@json_option
def du(selected: Selected, prefix: str, as_json: bool) -> None:
    r"""Sum up the objects below PREFIX, by the next part of the key: bytes, objects, name.

    \b
    Examples:
      sparkferry store du
      sparkferry store du outputs/main/
    """
    from sparkferry.runs.contents import areas

    found = list(areas(_ledger(selected).store, prefix))
    if as_json:
        emit_json(found)
        return
    table([(x.size, x.objects, x.name) for x in found], ("bytes", "objects", "name"))


@command.command()
@click.argument("key")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@store_options
def cp(selected: Selected, key: str, file: Path) -> None:
    r"""Copy the object KEY to FILE, which is replaced if it is there; `-` is standard output.

    \b
    Example:
      sparkferry store cp runs/main/flights-20261120-0907/plan.json -
    """
    import shutil
    import sys

    from sparkferry.cli.env import make_env

    store = _ledger(selected).store
    if str(file) == "-":
        with store.open(key) as stream:
            shutil.copyfileobj(stream, sys.stdout.buffer)
    else:
        store.fetch(key, file, make_env().progress)
        click.echo(file)


def _ledger(selected: Selected) -> "Ledger":
    from sparkferry.cli.env import make_env
    from sparkferry.cli.lookup import find_ledgers

    return find_ledgers(selected, make_env())[0]


def _few(runs: tuple[str, ...]) -> str | None:
    more = f" and {len(runs) - _RUNS} more" if len(runs) > _RUNS else ""
    return ", ".join(runs[:_RUNS]) + more or None
