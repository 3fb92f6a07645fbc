"""``sparkferry diff``: what differs between two runs."""

import json

import click

from sparkferry.cli.options import json_option, store_options
from sparkferry.cli.output import emit_json, table
from sparkferry.project.select import Selected


@click.command()
@click.argument("left")
@click.argument("right")
@store_options
@json_option
def command(selected: Selected, left: str, right: str, as_json: bool) -> None:
    r"""Show what differs from run LEFT to run RIGHT, ids or their unambiguous beginnings.

    Code, packages, arguments, conf, layers and result; for code also what git says of it.

    \b
    Example:
      sparkferry diff flights-20261119 flights-20261120
    """
    from sparkferry.cli.lookup import open_runs
    from sparkferry.runs.diff import code_stat, diff
    from sparkferry.runs.outcome import read_outcome

    runs = open_runs(selected)
    both = runs.get(left), runs.get(right)
    results = [read_outcome(runs.ledger_of(run), run).result for run in both]
    changes = diff(*both, (results[0], results[1]))
    stat = code_stat(selected.directory, *both)
    if as_json:
        emit_json({"runs": [run.id for run in both], "changes": changes, "stat": stat})
        return
    rows = [(x.section, x.name, shown(x.left), shown(x.right)) for x in changes]
    table(rows, ("section", "name", both[0].id, both[1].id))
    if stat:
        click.echo(stat)
    if not changes:
        click.echo("the two runs are alike", err=True)


def shown(side: object) -> str | None:
    """Return one side of a change as a table shows it: text as it is, other data as JSON."""
    import msgspec

    if side is msgspec.UNSET:
        return None
    return side if isinstance(side, str) else json.dumps(side, ensure_ascii=False)
