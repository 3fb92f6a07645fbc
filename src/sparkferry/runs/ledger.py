"""The record of every run, in a store that can only create objects: so no client can lose another's record.

::

    ids/<run-id>                    the prefix below; reserves the id
    runs/<branch>/<run-id>/
        plan.json                   what was to be submitted
        events/0001.json …          what happened, in order
        result.json audit.json logs/…   what was left, when it had ended

Of several clients that append at once exactly one gets the next number; the others look again at what has
happened, and append after it if that still makes sense.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import msgspec

from sparkferry.clock import SYSTEM, Clock, stamp
from sparkferry.errors import ExternalError
from sparkferry.runs.errors import TakenError, TransitionError, UnreadableError, UnwrittenError
from sparkferry.runs.ids import check_id, is_id, moment_of, select_id
from sparkferry.runs.model import Event, Run
from sparkferry.runs.records import decode, encode
from sparkferry.runs.states import TRANSITIONS, Kind, State
from sparkferry.runs.stored import decode_plan, encode_plan, layer_digests
from sparkferry.store.api import Entry, Store
from sparkferry.store.errors import NotFoundError
from sparkferry.store.keys import key_problem
from sparkferry.targets.api import Output
from sparkferry.targets.plan import Plan

IDS = "ids/"


class Filter(msgspec.Struct, frozen=True, kw_only=True):
    """Which runs to list; None is any."""

    job: str | None = None
    branch: str | None = None
    state: State | None = None

    def admits(self, run: Run) -> bool:
        """Return whether ``run`` is to be listed."""
        plan = run.plan
        wanted = (
            (self.job, plan.job_name),
            (self.branch, plan.source.branch),
            (self.state, run.state),
        )
        return all(want is None or want == found for want, found in wanted)


class Unreadable(msgspec.Struct, frozen=True, kw_only=True):
    """A run of which there is a record that cannot be read."""

    id: str
    reason: str
    layers: frozenset[str] | None
    """Digests of the layers that it refers to; None where that cannot be read either."""


EVERY = Filter()
"""Any run."""


class Ledger:
    """The runs in ``store``."""

    def __init__(self, store: Store, clock: Clock = SYSTEM) -> None:
        self.store = store
        self.clock = clock

    def reserve(self, plan: Plan) -> None:
        """Reserve the plan's id.

        :raises UserError: the id is not valid.
        :raises TakenError: the id is taken.
        """
        reservation = IDS + check_id(plan.run_id)
        if not self.store.put(reservation, plan.prefix.encode()):
            raise TakenError(
                f"could not create the run `{plan.run_id}`: the id is taken",
                hint="give another --run-id, or none",
            )

    def release(self, plan: Plan) -> None:
        """Give up the id of a plan that was not written."""
        self.store.delete(IDS + plan.run_id)

    def write(self, plan: Plan) -> Run:
        """Write a plan whose id is reserved."""
        self.store.put(f"{plan.prefix}/plan.json", encode_plan(plan))
        return Run(plan=plan)

    def create(self, plan: Plan) -> Run:
        """Reserve the plan's id and write the plan.

        :raises UserError: the id is not valid.
        :raises TakenError: the id is taken.
        """
        self.reserve(plan)
        return self.write(plan)

    def get(self, text: str) -> Run:
        """Return the run whose id is ``text`` or alone begins with it.

        :raises UserError: there is no such run, or more than one.
        :raises UnwrittenError: the id was reserved by a client that ended before it wrote the plan.
        """
        return self._read(self.resolve(text))

    def resolve(self, text: str) -> str:
        """Return the whole id that is ``text`` or alone begins with it.

        :raises UserError: there is none, or more than one.
        """
        if is_id(text) and self.store.exists(IDS + text):
            return text
        return select_id(text, (entry.key.removeprefix(IDS) for entry in self.store.list(IDS)))

    def list(
        self,
        wanted: Filter = EVERY,
        limit: int | None = None,
        refresh: Callable[[Run], Run] = lambda run: run,
    ) -> Iterator[Run]:
        """Yield runs, newest first, ``limit`` at most; each is passed through ``refresh`` at first.

        Those whose records cannot be read are left out: see :meth:`unreadable`.
        """
        count = 0
        for run_id in self.ids():
            if count == limit:
                return
            # A reserved id without a plan is not a run: see :meth:`unwritten`.
            with suppress(UnwrittenError, UnreadableError):
                run = refresh(self._read(run_id))
                if wanted.admits(run):
                    count += 1
                    yield run

    def unreadable(self, limit: int | None = None) -> Iterator[Unreadable]:
        """Yield those of the newest ``limit`` runs whose records cannot be read."""
        for run_id in self.ids()[:limit]:
            try:
                self._read(run_id)
            except UnwrittenError:
                continue
            except UnreadableError as error:
                yield Unreadable(id=run_id, reason=error.message, layers=self._layers(run_id))

    def _layers(self, run_id: str) -> frozenset[str] | None:
        with suppress(NotFoundError, UnwrittenError, UnreadableError):
            return layer_digests(self.store.get(f"{self._prefix(run_id)}/plan.json"))
        return None

    def ids(self) -> tuple[str, ...]:
        """Return every reserved id, newest first."""
        entries = ((_age(entry), entry.key) for entry in self.store.list(IDS))
        return tuple(key.removeprefix(IDS) for _, key in sorted(entries, reverse=True))

    def unwritten(self, limit: int | None = None) -> tuple[str, ...]:
        """Return those of the newest ``limit`` reserved ids that have no plan.

        Their client was killed between the two, or is there right now.
        """
        return tuple(run_id for run_id in self.ids()[:limit] if not self._is_written(run_id))

    def _is_written(self, run_id: str) -> bool:
        """Return whether there is a plan, or nothing to say of the id: it was given back, or is damaged."""
        with suppress(UnwrittenError, UnreadableError):
            return self.store.exists(f"{self._prefix(run_id)}/plan.json")
        return True

    def append(self, of: Run | str, kind: Kind, data: dict[str, Any] | None = None) -> Run:
        """Record what has happened to a run, or to that of an id, and return the run with it.

        A run is not read again unless others have recorded something since.

        :raises TransitionError: the run's present state does not allow it.
        """
        run = self._read(of) if isinstance(of, str) else of
        while True:
            if kind != "identified" and kind not in TRANSITIONS[run.state]:
                raise TransitionError(
                    f"could not record the run `{run.id}` as {kind}: it is {run.state}"
                )
            seq = run.events[-1].seq + 1 if run.events else 1
            event = Event(seq=seq, kind=kind, at=stamp(self.clock), data=data or {})
            if self.store.put(f"{run.plan.prefix}/events/{seq:04}.json", encode(event)):
                return Run(plan=run.plan, events=(*run.events, event))
            run = self._reread(run)

    def record_state(self, of: Run | str, kind: State, data: dict[str, Any] | None = None) -> Run:
        """Record a state unless the run has come to it, or past it, already; return the run as it is."""
        with suppress(TransitionError):
            return self.append(of, kind, data)
        return self._read(of if isinstance(of, str) else of.id)

    def identify(self, run: Run, ids: Mapping[str, str]) -> Run:
        """Record those remote ids that are new, and return the run with them."""
        for name, value in ids.items():
            if run.ids.get(name) != value:
                run = self.append(run, "identified", {"name": name, "id": value})
        return run

    def keep_files(self, run: Run, outputs: Iterable[Output]) -> None:
        """Keep the files that a run left beside its records; those kept already stay as they are."""
        for output in outputs:
            with output.fetch() as path:
                self.store.put_file(f"{run.plan.prefix}/{output.name}", path)

    def read_saved(self, run: Run, name: str) -> dict[str, Any] | None:
        """Return a kept JSON object, or None where the run left none.

        :raises ExternalError: it is damaged.
        """
        key = f"{run.plan.prefix}/{name}"
        with suppress(NotFoundError):
            return decode(self.store.get(key), dict[str, Any], key)
        return None

    def _prefix(self, run_id: str) -> str:
        """Return where the records of a run are.

        :raises UnwrittenError: its client has given the id back since.
        :raises UnreadableError: the reservation is damaged.
        """
        try:
            said = self.store.get(IDS + run_id)
        except NotFoundError as error:
            raise UnwrittenError(
                f"could not read the run `{run_id}`: its client has given the id back",
                hint="nothing was submitted; run the job again",
            ) from error
        prefix = said.decode("utf-8", "replace")
        if not prefix.startswith("runs/") or key_problem(prefix):
            raise UnreadableError(
                f"could not read the record `{IDS}{run_id}`: it is damaged",
                hint="delete it: the run that it named cannot be found by it",
            )
        return prefix

    def _read(self, run_id: str) -> Run:
        key = f"{self._prefix(run_id)}/plan.json"
        try:
            plan = decode_plan(self.store.get(key), key)
        except NotFoundError as error:
            raise UnwrittenError(
                f"could not read the run `{run_id}`: its client ended before it wrote the plan",
                hint="nothing was submitted; run the job again, under another id",
            ) from error
        return Run(plan=plan, events=self._events(plan.prefix))

    def _reread(self, run: Run) -> Run:
        """Return the run as it is now, after somebody else has appended to it."""
        now = Run(plan=run.plan, events=self._events(run.plan.prefix))
        if len(now.events) <= len(run.events):
            raise ExternalError(
                f"could not record what happened to the run `{run.id}`: "
                f"the store `{self.store.url}` refuses the next event and lists none"
            )
        return now

    def _events(self, prefix: str) -> tuple[Event, ...]:
        keys = [entry.key for entry in self.store.list(f"{prefix}/events/")]
        events = (decode(self.store.get(key), Event, key) for key in keys)
        return tuple(sorted(events, key=lambda event: event.seq))


def _age(entry: Entry) -> str:
    """Return what reservations are sorted by: the moment in the id, else when it was reserved."""
    reserved = datetime.fromtimestamp(entry.modified, UTC).strftime("%Y%m%d-%H%M%S")
    return moment_of(entry.key) or reserved
