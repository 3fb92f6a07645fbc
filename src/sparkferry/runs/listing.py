"""Listing runs, newest first."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from itertools import islice, takewhile

import msgspec

from sparkferry.errors import ExternalError
from sparkferry.runs.errors import UnreadableError, UnwrittenError
from sparkferry.runs.ids import moment_of
from sparkferry.runs.index import BUILT, INDEX, Filter, Listed, folded, job_key
from sparkferry.runs.ledger import Ledger
from sparkferry.runs.model import Run
from sparkferry.runs.reservation import IDS
from sparkferry.runs.stored import decode_plan, layer_digests
from sparkferry.store.api import Entry
from sparkferry.store.errors import NotFoundError

EVERY = Filter()
"""Any run."""

_AT_ONCE = 100
"""Runs that are read at a time where all are wanted."""

_READERS = 8
"""Runs that are read side by side: each takes a request."""

_UNKNOWN = "unknown"
"""Job of a run whose plan cannot be read, and which was recorded before there was an index."""


class Unreadable(msgspec.Struct, frozen=True, kw_only=True):
    """A run of which there is a record that cannot be read."""

    listed: Listed
    reason: str
    layers: frozenset[str] | None
    """Digests of the layers that it refers to; None where that cannot be read either."""

    @property
    def id(self) -> str:
        """The run's id."""
        return self.listed.id


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """Runs, newest first, and what stands between them."""

    runs: tuple[Run, ...] = ()
    unreadable: tuple[Unreadable, ...] = ()
    unwritten: tuple[str, ...] = ()
    """Ids that are reserved without a plan: their client was killed early, or is there right now."""


def list_runs(
    ledger: Ledger,
    wanted: Filter = EVERY,
    limit: int | None = None,
    refresh: Callable[[Run], Run] = lambda run: run,
) -> Page:
    """Return the runs that are ``wanted``; each is passed through ``refresh`` at first.

    ``limit`` is how many at most, one at least.
    """
    runs, unreadable, unwritten = list[Run](), list[Unreadable](), list[str]()
    newest = takewhile(lambda listed: not wanted.is_over(listed), listed_runs(ledger))
    chosen = filter(wanted.may_admit, newest)
    with ThreadPoolExecutor(_READERS) as pool:
        while limit is None or len(runs) < limit:
            batch = tuple(islice(chosen, _AT_ONCE if limit is None else limit - len(runs)))
            if not batch:
                break
            side_by_side = pool.map if len(batch) > 1 else map
            for listed, found in zip(
                batch, side_by_side(partial(look, ledger), batch), strict=True
            ):
                if found is None:
                    unwritten.append(listed.id)
                elif isinstance(found, Unreadable):
                    unreadable.append(found)
                elif wanted.admits(run := refresh(found)):
                    runs.append(run)
    return Page(runs=tuple(runs), unreadable=tuple(unreadable), unwritten=tuple(unwritten))


def look(ledger: Ledger, listed: Listed) -> Run | Unreadable | None:
    """Return a run that is listed; None where its id is reserved without a plan."""
    try:
        return ledger.read(listed)
    except UnwrittenError:
        return None
    except UnreadableError as error:
        layers = _layers(ledger, f"{listed.prefix}/plan.json")
        return Unreadable(listed=listed, reason=error.message, layers=layers)


def listed_runs(ledger: Ledger, *, complete: bool = False) -> Iterator[Listed]:
    """Yield what the index tells of every run, newest first.

    Runs that an older sparkferry has recorded are added to the index when a store is listed for the first
    time, and whenever ``complete`` is set.
    """
    keys = (entry.key for entry in ledger.store.list(INDEX))
    first = next(keys, None)
    if first == BUILT and not complete:
        return folded(keys)
    return folded(_completed(ledger, (*([first] if first else ()), *keys), strict=complete))


def _completed(ledger: Ledger, keys: tuple[str, ...], *, strict: bool) -> list[str]:
    """Return the index's keys with those of runs that it lacks, which are written to it.

    :raises UnreadableError: a reservation is damaged; if not ``strict``, it is passed over.
    """
    known = {listed.id for listed in folded(keys)}
    ids = [entry for entry in ledger.store.list(IDS) if entry.key.removeprefix(IDS) not in known]
    found = (_key(ledger, entry, strict=strict) for entry in ids)
    missing = tuple(key for key in found if key is not None)
    # Who may only read gets the same list, and looks again next time.
    with suppress(ExternalError):
        for key in (*missing, BUILT) if known or missing else ():
            ledger.store.put(key, b"")
    return sorted({*keys, *missing})


def _key(ledger: Ledger, entry: Entry, *, strict: bool) -> str | None:
    """Return the key that a reservation lacks in the index; None where there is no run."""
    run_id = entry.key.removeprefix(IDS)
    try:
        prefix = ledger.prefix_of(run_id)
        data = ledger.store.get(f"{prefix}/plan.json")
    except (UnwrittenError, NotFoundError):
        return None
    except UnreadableError:
        if strict:
            raise
        return None
    with suppress(UnreadableError):
        plan = decode_plan(data, entry.key)
        return job_key(prefix, plan.created, plan.job_name)
    reserved = datetime.fromtimestamp(entry.modified, UTC).strftime("%Y%m%d%H%M%S")
    return job_key(prefix, moment_of(run_id) or reserved, _UNKNOWN)


def _layers(ledger: Ledger, key: str) -> frozenset[str] | None:
    with suppress(NotFoundError):
        return layer_digests(ledger.store.get(key))
    return None
