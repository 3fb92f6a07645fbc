"""Where runs are asked for: the ledger, and the targets that know how they go on."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sparkferry.errors import ExternalError
from sparkferry.runs.ledger import Ledger
from sparkferry.runs.model import Run
from sparkferry.runs.patience import Patience
from sparkferry.runs.reconcile import reconcile
from sparkferry.targets.api import Client
from sparkferry.targets.plan import Plan


@dataclass(frozen=True)
class Runs:
    """Gives runs as they are now, not as they were when somebody last looked."""

    ledger: Ledger
    client_of: Callable[[Plan], Client[Any]]
    """Returns the client of the target that a plan was submitted to."""
    warn: Callable[[str], None]
    """Receives what could not be found out."""

    @property
    def patience(self) -> Patience:
        """What passes over transient errors of targets, and warns of them."""
        return Patience(tell=self.warn)

    def get(self, text: str) -> Run:
        """Return the run whose id is ``text`` or alone begins with it; see :meth:`Ledger.get`."""
        return self.refresh(self.ledger.get(text))

    def refresh(self, run: Run) -> Run:
        """Return ``run`` as it is now; as it was recorded where its target cannot be asked."""
        if run.final:
            return run
        try:
            return reconcile(self.client_of(run.plan), self.ledger, run)
        except ExternalError as error:
            self.warn(f"`{run.id}` is shown as it was recorded last: {error.message}")
            return run
