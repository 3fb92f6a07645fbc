"""The ledger of a project."""

from pathlib import Path

from sparkferry.env import Env
from sparkferry.project.model import Project
from sparkferry.runs.ledger import Ledger
from sparkferry.store.api import Store
from sparkferry.store.open import open_store


def ledger_at(url: str, root: Path, env: Env) -> Ledger:
    """Return the ledger in the store at ``url``, which may be a path relative to ``root``.

    :raises UserError: no store can be there.
    """
    return _ledger(open_store(url, root, env), env)


def open_ledgers(project: Project, env: Env) -> tuple[Ledger, ...]:
    """Return the ledgers in the stores of all of the project's targets, each once, the selected one's first.

    :raises UserError: the ``store`` of a target names none.
    """
    targets = (project.target, *project.settings.targets.values())
    stores = (open_store(target.store, project.root, env) for target in targets)
    return tuple(_ledger(store, env) for store in {store.url: store for store in stores}.values())


def open_ledger(project: Project, env: Env) -> Ledger:
    """Return the ledger in the store of the project's target.

    :raises UserError: the target's ``store`` names none.
    """
    target = project.target
    return _ledger(open_store(target.store, project.root, env), env)


def _ledger(store: Store, env: Env) -> Ledger:
    return Ledger(store, env.clock, env.cache, env.progress)
