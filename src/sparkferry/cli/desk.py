"""The runs of the project that a command is about."""

from typing import TYPE_CHECKING

import click

from sparkferry.project.select import Selected

if TYPE_CHECKING:
    from sparkferry.runs.desk import Desk


def open_desk(selected: Selected) -> "Desk":
    """Load the project and return where its runs are asked for.

    :raises UserError: there is no project, or its store is none.
    """
    from sparkferry.flow import target_of
    from sparkferry.packing import open_project
    from sparkferry.runs.desk import Desk
    from sparkferry.runs.open import open_ledger

    ledger = open_ledger(open_project(selected))
    return Desk(ledger, target_of, warn=lambda text: click.echo(text, err=True))
