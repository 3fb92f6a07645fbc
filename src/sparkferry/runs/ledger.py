"""The record of every run, in a store that can only create objects: so no client can lose another's record.

::

    ids/<run-id>                    the prefix below, and the layers that it will need; reserves the id
    index/…                         what lists runs without reading them: see :mod:`sparkferry.runs.index`
    runs/<branch>/<run-id>/
        plan.json                   what was to be submitted
        events/0001.json …          what happened, in order: see :mod:`sparkferry.runs.history`
        result.json audit.json logs/…   what was left, when it had ended

Of several clients that append at once exactly one gets the next number; the others look again at what has
happened, and append after it if that still makes sense.

Requests are counted, since each takes 50 ms in an object store (`tests/unit/runs/test_requests.py`).
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from itertools import islice
from typing import Any

from sparkferry.base.cache import Cache
from sparkferry.clock import SYSTEM, Clock, stamp
from sparkferry.errors import ExternalError
from sparkferry.progress import QUIET, Progress
from sparkferry.runs.errors import TakenError, TransitionError, UnwrittenError
from sparkferry.runs.history import decode_history, encode_history
from sparkferry.runs.ids import check_id, is_id, select_id
from sparkferry.runs.index import Listed, end_key, job_key, place_of
from sparkferry.runs.model import Event, Run
from sparkferry.runs.records import decode
from sparkferry.runs.reservation import IDS, Reservation, read_reservation, reservation_of
from sparkferry.runs.states import FINAL, TRANSITIONS, Kind, State
from sparkferry.runs.stored import decode_plan, encode_plan
from sparkferry.store.api import Store
from sparkferry.store.errors import NotFoundError
from sparkferry.store.keys import key_problem
from sparkferry.targets.api import Output
from sparkferry.targets.plan import Plan, result_prefix

_NEAR = 10_000
"""Ids among which one is looked for that is like a wrong one: ten requests."""


class Ledger:
    """The runs in ``store``."""

    def __init__(
        self,
        store: Store,
        clock: Clock = SYSTEM,
        cache: Cache | None = None,
        progress: Progress = QUIET,
    ) -> None:
        """``cache`` is where records of ended runs are kept, so that they are asked for once."""
        self._progress = progress
        self.store = store
        self.clock = clock
        self._cache = cache

    def reserve(self, plan: Plan) -> None:
        """Reserve the plan's id.

        :raises UserError: the id is not valid.
        :raises TakenError: the id is taken.
        """
        reservation = IDS + check_id(plan.run_id)
        if not self.store.put(reservation, reservation_of(plan)):
            raise TakenError(
                f"could not create the run `{plan.run_id}`: the id is taken",
                hint="give another --run-id, or none",
            )
        try:
            self.store.put(job_key(plan.prefix, plan.created, plan.job_name), b"")
        except BaseException:
            self.store.delete(reservation)
            raise

    def release(self, plan: Plan) -> None:
        """Give up the id of a plan that was not written."""
        self.store.delete(job_key(plan.prefix, plan.created, plan.job_name))
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
        run = self.find(text)
        if run is None:
            run_id = select_id(text, self.beginning(text), self.some_ids())
            run = self._read(self.prefix_of(run_id), run_id)
        return run

    def find(self, run_id: str) -> Run | None:
        """Return the run with this very id, or None where the id is not reserved.

        :raises UnwrittenError: it was reserved by a client that ended before it wrote the plan.
        """
        if is_id(run_id):
            with suppress(NotFoundError):
                return self._read(
                    read_reservation(self.store.get(IDS + run_id), run_id).prefix, run_id
                )
        return None

    def beginning(self, text: str) -> tuple[str, ...]:
        """Return the reserved ids that begin with ``text``."""
        if not text or key_problem(IDS + text):
            return ()
        return tuple(entry.key.removeprefix(IDS) for entry in self.store.list(IDS + text))

    def some_ids(self) -> Iterator[str]:
        """Yield reserved ids, all unless they are very many."""
        return (entry.key.removeprefix(IDS) for entry in islice(self.store.list(IDS), _NEAR))

    def read(self, listed: Listed) -> Run:
        """Return a run that is listed; one that has ended is read once, and kept in the cache.

        :raises UnwrittenError: its client ended before it wrote the plan.
        :raises UnreadableError: a record is damaged, or of a newer version of sparkferry.
        """
        if listed.last is not None:
            return self._ended(listed, listed.last)
        run = self._read(listed.prefix, listed.id)
        if run.final:
            # Its client was killed before it could tell in the index, or knew of none.
            self._index_end(run, listed.place)
        return run

    def append(self, of: Run | str, kind: Kind, data: dict[str, Any] | None = None) -> Run:
        """Record what has happened to a run, or to that of an id, and return the run with it.

        A run is not read again unless others have recorded something since.

        :raises TransitionError: the run's present state does not allow it.
        """
        run = self.get(of) if isinstance(of, str) else of
        while True:
            if kind != "identified" and kind not in TRANSITIONS[run.state]:
                raise TransitionError(
                    f"could not record the run `{run.id}` as {kind}: it is {run.state}"
                )
            seq = run.events[-1].seq + 1 if run.events else 1
            event = Event(seq=seq, kind=kind, at=stamp(self.clock), data=data or {})
            after = Run(plan=run.plan, events=(*run.events, event))
            if self.store.put(_event_key(run.plan.prefix, seq), encode_history(after)):
                break
            run = self._advanced(run)
        if kind in FINAL:
            self._index_end(after, place_of(after.id, after.plan.created))
        return after

    def record_state(self, of: Run | str, kind: State, data: dict[str, Any] | None = None) -> Run:
        """Record a state unless the run has come to it, or past it, already; return the run as it is."""
        with suppress(TransitionError):
            return self.append(of, kind, data)
        return self.get(of) if isinstance(of, str) else self.reread(of)

    def reread(self, run: Run) -> Run:
        """Return the run as it is now."""
        return Run(plan=run.plan, events=self._history(run.plan.prefix)[0])

    def identify(self, run: Run, ids: Mapping[str, str]) -> Run:
        """Record those remote ids that are new, and return the run with them."""
        for name, value in ids.items():
            if run.ids.get(name) != value:
                run = self.append(run, "identified", {"name": name, "id": value})
        return run

    def keep_files(self, run: Run, outputs: Iterable[Output]) -> None:
        """Keep the files that a run left beside its records; those kept already stay as they are."""
        for output in outputs:
            place = result_prefix(run.plan.prefix) if output.is_result else run.plan.prefix
            with output.fetch() as path:
                self.store.put_file(f"{place}/{output.name}", path, self._progress)

    def read_saved(self, run: Run, name: str) -> dict[str, Any] | None:
        """Return a kept JSON object, or None where the run left none.

        :raises ExternalError: it is damaged.
        """
        key = f"{run.plan.prefix}/{name}"
        with suppress(NotFoundError):
            return decode(self.store.get(key), dict[str, Any], key)
        return None

    def prefix_of(self, run_id: str) -> str:
        """Return where the records of a run are.

        :raises UnwrittenError: its client has given the id back since.
        :raises UnreadableError: the reservation is damaged.
        """
        return self.reservation(run_id).prefix

    def reservation(self, run_id: str) -> Reservation:
        """Return what was written down before anything else of a run.

        :raises UnwrittenError: its client has given the id back since.
        :raises UnreadableError: the reservation is damaged.
        """
        try:
            return read_reservation(self.store.get(IDS + run_id), run_id)
        except NotFoundError as error:
            raise UnwrittenError(
                f"could not read the run `{run_id}`: its client has given the id back",
                hint="nothing was submitted; run the job again",
            ) from error

    def _read(self, prefix: str, run_id: str) -> Run:
        events, plan = self._history(prefix)
        return Run(plan=plan or self._plan(prefix, run_id), events=events)

    def _plan(self, prefix: str, run_id: str) -> Plan:
        key = f"{prefix}/plan.json"
        try:
            return decode_plan(self.store.get(key), key)
        except NotFoundError as error:
            raise UnwrittenError(
                f"could not read the run `{run_id}`: its client ended before it wrote the plan",
                hint="nothing was submitted; run the job again, under another id",
            ) from error

    def _history(self, prefix: str) -> tuple[tuple[Event, ...], Plan | None]:
        """Return what happened to a run, and its plan where that is recorded with its end."""
        keys = [entry.key for entry in self.store.list(f"{prefix}/events/")]
        found: dict[int, Event] = {}
        for key in sorted(keys, key=_number, reverse=True):
            history = decode_history(self.store.get(key), key)
            found = {event.seq: event for event in history.events} | found
            if history.is_whole:
                return tuple(found[seq] for seq in sorted(found)), history.plan
        return tuple(found[seq] for seq in sorted(found)), None

    def _ended(self, listed: Listed, last: int) -> Run:
        """Return a run that has ended. No other run of the store has its id and was created in its second."""
        memo, key = f"ended {self.store.url} {listed.place}", _event_key(listed.prefix, last)
        record = self._cache.recall(memo, str) if self._cache else None
        data = record.encode() if record else self.store.get(key)
        history = decode_history(data, key)
        run = (
            Run(plan=history.plan, events=history.events)
            if history.plan
            else self._read(listed.prefix, listed.id)
        )
        if self._cache and not record:
            # Who cannot keep it asks again next time.
            with suppress(ExternalError):
                self._cache.remember(memo, encode_history(run).decode())
        return run

    def _index_end(self, run: Run, place: str) -> None:
        self.store.put(end_key(place, run.state, run.events[-1].seq), b"")

    def _advanced(self, run: Run) -> Run:
        """Return the run as it is now, after somebody else has appended to it."""
        now = self.reread(run)
        if len(now.events) <= len(run.events):
            raise ExternalError(
                f"could not record what happened to the run `{run.id}`: "
                f"the store `{self.store.url}` refuses the next event and lists none"
            )
        return now


def _event_key(prefix: str, seq: int) -> str:
    return f"{prefix}/events/{seq:04}.json"


def _number(key: str) -> int:
    name = key.rpartition("/")[2].removesuffix(".json")
    return int(name) if name.isdecimal() else 0
