"""The runs of the project that a command is about."""

from typing import TYPE_CHECKING

import click

from sparkferry.project.select import Selected

if TYPE_CHECKING:
    from sparkferry.runs.lookup import Runs


def open_runs(selected: Selected) -> "Runs":
    """Load the project and return where its runs are asked for: in all stores, or that of ``--target``.

    :raises UserError: there is no project, or its store is none.
    """
    from sparkferry.cli.env import make_env
    from sparkferry.packing import open_project
    from sparkferry.runs.lookup import Runs
    from sparkferry.runs.open import open_ledger, open_ledgers
    from sparkferry.targets.clients import Clients

    env = make_env()
    clients = Clients(env)
    click.get_current_context().call_on_close(clients.close)
    project = open_project(selected, env)
    ledgers = (open_ledger(project, env),) if selected.target else open_ledgers(project, env)
    return Runs(ledgers, clients.of, warn=lambda text: click.echo(text, err=True))
