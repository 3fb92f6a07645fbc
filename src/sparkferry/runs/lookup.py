"""Where runs are asked for: the ledgers of a project's targets, and the clients that know how runs go on."""

from collections.abc import Callable, Sequence
from functools import partial
from itertools import chain
from typing import Any

from sparkferry.errors import ExternalError
from sparkferry.runs.ids import select_id
from sparkferry.runs.index import Filter
from sparkferry.runs.ledger import Ledger
from sparkferry.runs.listing import EVERY, Page, list_runs
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
        for ledger in self.ledgers:
            run = ledger.find(text)
            if run:
                return self._of(ledger, run)
        known = {
            run_id: ledger for ledger in reversed(self.ledgers) for run_id in ledger.beginning(text)
        }
        run_id = select_id(text, known, chain(*(x.some_ids() for x in self.ledgers)))
        return self._of(known[run_id], known[run_id].get(run_id))

    def ledger_of(self, run: Run) -> Ledger:
        """Return the ledger that a run was found in."""
        return self._found[run.id, run.plan.created]

    def page(self, wanted: Filter = EVERY, limit: int | None = None) -> Page:
        """Return runs of all ledgers, newest first, ``limit`` at most, as they are now."""
        pages = [self._listed(ledger, wanted, limit) for ledger in self.ledgers]
        runs = [run for page in pages for run in page.runs]
        if len(self.ledgers) > 1:
            runs.sort(key=lambda run: run.plan.created, reverse=True)
        return Page(
            runs=tuple(runs[:limit]),
            unreadable=tuple(found for page in pages for found in page.unreadable),
            unwritten=tuple(run_id for page in pages for run_id in page.unwritten),
        )

    def _listed(self, ledger: Ledger, wanted: Filter, limit: int | None) -> Page:
        page = list_runs(ledger, wanted, limit, partial(self._refreshed, ledger))
        for run in page.runs:
            self._of(ledger, run)
        return page

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
