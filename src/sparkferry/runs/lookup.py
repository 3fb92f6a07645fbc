"""Where runs are asked for: the ledgers of a project's targets, and the clients that know how runs go on."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import chain
from typing import Any

from sparkferry.errors import ExternalError
from sparkferry.runs.ids import select_id
from sparkferry.runs.ledger import EVERY, Filter, Ledger, Unreadable
from sparkferry.runs.model import Run
from sparkferry.runs.patience import Patience
from sparkferry.runs.reconcile import reconcile
from sparkferry.targets.api import Client
from sparkferry.targets.plan import Plan


class Runs:
    """Gives runs as they are now, not as they were when somebody last looked."""

    def __init__(
        self,
        ledgers: Sequence[Ledger],
        client_of: Callable[[Plan], Client[Any]],
        warn: Callable[[str], None],
    ) -> None:
        """``ledgers`` are those of different stores, the selected target's first.

        ``client_of`` returns the client of the target that a plan was submitted to, ``warn`` receives
        what could not be found out.
        """
        self.ledgers = tuple(ledgers)
        self.client_of = client_of
        self.warn = warn
        self._found: dict[tuple[str, str], Ledger] = {}

    @property
    def patience(self) -> Patience:
        """What passes over transient errors of targets, and warns of them."""
        return Patience(tell=self.warn)

    def get(self, text: str) -> Run:
        """Return the run whose id is ``text`` or alone begins with it, as it is now.

        :raises UserError: there is no such run, or more than one.
        """
        return self.refresh(self.recorded(text))

    def recorded(self, text: str) -> Run:
        """Return the run whose id is ``text`` or alone begins with it, as it was recorded.

        :raises UserError: there is no such run, or more than one.
        """
        ledger = self._with(text)
        return self._of(ledger, ledger.get(text))

    def ledger_of(self, run: Run) -> Ledger:
        """Return the ledger that a run was found in."""
        return self._found[run.id, run.plan.created]

    def list(self, wanted: Filter = EVERY, limit: int | None = None) -> list[Run]:
        """Return runs of all ledgers, newest first, ``limit`` at most, as they are now."""
        found = [run for ledger in self.ledgers for run in self._listed(ledger, wanted, limit)]
        if len(self.ledgers) > 1:
            found.sort(key=lambda run: run.plan.created, reverse=True)
        return found[:limit]

    def _listed(self, ledger: Ledger, wanted: Filter, limit: int | None) -> Iterator[Run]:
        for run in ledger.list(wanted, limit, partial(self._refreshed, ledger)):
            yield self._of(ledger, run)

    def unreadable(self, limit: int | None = None) -> Iterator[Unreadable]:
        """Yield those of the newest runs whose records cannot be read."""
        return chain.from_iterable(ledger.unreadable(limit) for ledger in self.ledgers)

    def unwritten(self, limit: int | None = None) -> Iterator[str]:
        """Yield those of the newest reserved ids that have no plan."""
        return chain.from_iterable(ledger.unwritten(limit) for ledger in self.ledgers)

    def refresh(self, run: Run) -> Run:
        """Return ``run`` as it is now; as it was recorded where its target cannot be asked."""
        return self._refreshed(self.ledger_of(run), run)

    def _refreshed(self, ledger: Ledger, run: Run) -> Run:
        if run.final:
            return run
        try:
            return reconcile(self.client_of(run.plan), ledger, run)
        except ExternalError as error:
            self.warn(f"`{run.id}` is shown as it was recorded last: {error.message}")
            return run

    def _of(self, ledger: Ledger, run: Run) -> Run:
        self._found[run.id, run.plan.created] = ledger
        return run

    def _with(self, text: str) -> Ledger:
        """Return the ledger that has the run ``text``."""
        if len(self.ledgers) == 1:
            return self.ledgers[0]
        known = {run_id: ledger for ledger in reversed(self.ledgers) for run_id in ledger.ids()}
        return known[select_id(text, known)]
