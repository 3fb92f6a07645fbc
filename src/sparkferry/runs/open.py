"""The ledger of a project."""

from sparkferry.project.model import Project
from sparkferry.runs.ledger import Ledger
from sparkferry.store.open import open_store


def open_ledger(project: Project) -> Ledger:
    """Return the ledger in the store of the project's target.

    :raises UserError: the target's ``store`` names none.
    """
    target = project.target
    return Ledger(open_store(target.store, project.root))
