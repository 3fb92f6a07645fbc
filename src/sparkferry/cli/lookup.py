"""The runs of the project that a command is about."""

from typing import TYPE_CHECKING

import click

from sparkferry.project.select import Selected

if TYPE_CHECKING:
    from sparkferry.env import Env
    from sparkferry.runs.ledger import Ledger
    from sparkferry.runs.lookup import Runs


def open_runs(selected: Selected) -> "Runs":
    """Return where runs are asked for: in all stores of the project, that of ``--target``, or ``--store``.

    :raises UserError: there is no project, or its store is none.
    """
    from sparkferry.cli.env import make_env
    from sparkferry.runs.lookup import Runs
    from sparkferry.targets.clients import Clients

    env = make_env()
    clients = Clients(env)
    click.get_current_context().call_on_close(clients.close)
    ledgers = find_ledgers(selected, env)
    return Runs(ledgers, clients.of, warn=lambda text: click.echo(text, err=True))


def find_ledgers(selected: Selected, env: "Env") -> "tuple[Ledger, ...]":
    """Return the ledgers that a command is about.

    :raises UserError: there is no project, or its store is none.
    """
    from sparkferry.runs.open import ledger_at, open_ledger, open_ledgers

    if selected.store:
        return (ledger_at(selected.store, selected.directory, env),)
    from sparkferry.packing import open_project

    project = open_project(selected, env)
    return (open_ledger(project, env),) if selected.target else open_ledgers(project, env)
