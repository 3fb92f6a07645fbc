"""Deleting layers beside clients that are about to use them.

Who deletes: announces which (``gc/<random>``), reads what runs refer to, deletes, takes the announcement
back. Who submits: reserves its id, with the layers that it will need (who releases: writes a lease), looks
for announcements, waits until those of its layers are gone, and only then looks which layers are there. So
either the one sees the reservation, or the other the announcement. Only the store's own time is compared:
clocks of clients differ.
"""

import os
import time
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta

from sparkferry.errors import ExternalError
from sparkferry.progress import Progress
from sparkferry.runs.ledger import Ledger
from sparkferry.runs.records import decode, encode
from sparkferry.runs.reservation import IDS
from sparkferry.store.api import Entry, Store
from sparkferry.store.errors import NotFoundError
from sparkferry.targets.plan import Plan

ANNOUNCED = "gc/"
LEASES = "leases/"

DELETING = 300.0
"""Seconds after its announcement in which a client may delete."""

STALE = 2 * DELETING
"""Age in seconds from which an announcement is that of a client that was killed."""

_PAUSE = 1.0


def delete_layers(
    ledger: Ledger, entries: Iterable[Entry], referred: Callable[[], Collection[str]]
) -> tuple[Entry, ...]:
    """Delete those of ``entries`` that nothing refers to once they are announced; return them.

    :raises ExternalError: it took longer than :data:`DELETING`.
    """
    store, chosen = ledger.store, tuple(entries)
    announcement, begun = f"{ANNOUNCED}{os.urandom(8).hex()}", time.monotonic()
    store.put(announcement, encode([entry.key for entry in chosen]))
    freed = []
    try:
        kept = referred()
        for entry in chosen:
            if entry.key in kept:
                continue
            if time.monotonic() - begun > DELETING:
                raise ExternalError(
                    "could not delete all layers: the store was too slow",
                    hint="call `sparkferry gc` again: it goes on where it stopped",
                )
            store.delete(entry.key)
            freed.append(entry)
    finally:
        store.delete(announcement)
    return tuple(freed)


def wait_for_deletions(ledger: Ledger, plan: Plan, progress: Progress) -> None:
    """Wait until nobody is deleting a layer of ``plan``, whose id is reserved."""
    keys = {layer.key for layer in plan.layers}
    _wait(ledger, keys, IDS + plan.run_id, progress)


@contextmanager
def lease(ledger: Ledger, keys: Collection[str], progress: Progress) -> Iterator[None]:
    """Keep layers from being deleted within the block, in which something comes to refer to them."""
    store, own = ledger.store, f"{LEASES}{os.urandom(8).hex()}"
    store.put(own, encode(sorted(keys)))
    try:
        _wait(ledger, keys, own, progress)
        yield
    finally:
        store.delete(own)


def leased_keys(store: Store, oldest: float) -> frozenset[str]:
    """Return the keys of layers that somebody holds; leases from before ``oldest`` are of killed clients."""
    found = (entry for entry in store.list(LEASES) if entry.modified >= oldest)
    return frozenset(key for entry in found for key in _keys(store, entry))


def _wait(ledger: Ledger, keys: Collection[str], own: str, progress: Progress) -> None:
    """Wait until nobody is deleting one of ``keys``; ``own`` is a key that was just created."""
    told = False
    begun = ledger.clock.now()
    announced = tuple(ledger.store.list(ANNOUNCED))
    if not announced:
        return
    then = next((x.modified for x in ledger.store.list(own)), 0.0)
    while any(_concerns(ledger.store, entry, keys) for entry in announced):
        if not told:
            progress.message("waiting for `sparkferry gc` of another client, up to ten minutes")
        told = True
        ledger.clock.sleep(_PAUSE)
        now = then + (ledger.clock.now() - begun) / timedelta(seconds=1)
        announced = tuple(_alive(ledger.store, now))


def check_layers(ledger: Ledger, plan: Plan) -> None:
    """Find out whether the layers of a plan are there, which is not going to be published.

    :raises ExternalError: one is not.
    """
    for layer in plan.layers:
        if not ledger.store.exists(layer.key):
            raise ExternalError(
                f"could not submit the run `{plan.run_id}`: its {layer.kind} layer "
                f"{layer.digest[:12]} is not in the store `{ledger.store.url}`",
                hint="run the job again: the layer is made and published anew",
            )


def _alive(store: Store, now: float) -> Iterator[Entry]:
    return (entry for entry in store.list(ANNOUNCED) if now - entry.modified < STALE)


def _concerns(store: Store, entry: Entry, keys: Collection[str]) -> bool:
    return not set(keys).isdisjoint(_keys(store, entry))


def _keys(store: Store, entry: Entry) -> list[str]:
    try:
        return decode(store.get(entry.key), list[str], entry.key)
    except NotFoundError:  # its client is done
        return []
