"""Garbage collection of a store: layers that no run refers to, and reservations that were never used."""

from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from typing import get_args

from sparkferry.carriers.api import layer_key
from sparkferry.errors import ExternalError
from sparkferry.layers.model import LayerKind
from sparkferry.runs.deletion import delete_layers, leased_keys
from sparkferry.runs.errors import UnwrittenError
from sparkferry.runs.index import BUILT, INDEX
from sparkferry.runs.ledger import Ledger
from sparkferry.runs.listing import Unreadable, list_runs, listed_runs, look
from sparkferry.runs.model import Run
from sparkferry.runs.reservation import IDS
from sparkferry.store.api import Entry

LAYERS = "layers/"

RESERVED = timedelta(days=1)
"""Time that a client may take from the reservation of an id to its plan: it builds and uploads meanwhile."""


def referred(ledger: Ledger) -> frozenset[str]:
    """Return the keys that runs refer to: of their layers, of their ids, and of the index.

    :raises ExternalError: a record cannot be read, so that what it refers to is not known.
    """
    keys = {BUILT}
    for listed in listed_runs(ledger, complete=True):
        found = look(ledger, listed)
        if found is None:
            keys.update(_reserved(ledger, listed.id))
        else:
            keys.update((IDS + listed.id, *listed.keys, *_layer_keys(found)))
    return frozenset(keys)


def _reserved(ledger: Ledger, run_id: str) -> Iterator[str]:
    """Yield the keys of layers that a client is publishing, or was when it was killed."""
    with suppress(UnwrittenError):
        layers = ledger.reservation(run_id).layers
        yield from (layer_key(kind, x) for x in layers for kind in get_args(LayerKind))


def _layer_keys(found: Run | Unreadable) -> Iterator[str]:
    if isinstance(found, Run):
        return (layer.key for layer in found.plan.layers)
    return (layer_key(kind, digest) for digest in _digests(found) for kind in get_args(LayerKind))


def _digests(found: Run | Unreadable) -> frozenset[str]:
    """Return the digests of the layers that a run refers to.

    :raises ExternalError: they cannot be read.
    """
    if isinstance(found, Run):
        return frozenset(layer.digest for layer in found.plan.layers)
    if found.layers is None:
        raise ExternalError(
            f"could not find out which layers the run `{found.id}` refers to: {found.reason}",
            hint="nothing was deleted; use the version of sparkferry that wrote it",
        )
    return found.layers


def unreferred(
    entries: Iterable[Entry], referred: Collection[str], now: datetime, age: timedelta
) -> Iterator[Entry]:
    """Yield the entries that nothing refers to and that are older than ``age``; pure."""
    oldest = (now - age).timestamp()
    return (entry for entry in entries if entry.key not in referred and entry.modified < oldest)


def collect_garbage(
    ledger: Ledger,
    age: timedelta,
    dry_run: bool = False,
    others: Callable[[], Collection[str]] = frozenset,
) -> tuple[Entry, ...]:
    """Delete, or only name, what no run refers to and is older than ``age``; return it.

    ``others`` returns the keys that something else than runs refers to.

    Safe beside clients that submit, whatever the age: see :mod:`sparkferry.runs.deletion`. A reservation
    without a plan is kept for :data:`RESERVED` at least.
    """
    now = ledger.clock.now()
    entries = tuple(ledger.store.list(LAYERS))
    reserved = (*ledger.store.list(IDS), *ledger.store.list(INDEX))

    def keep() -> frozenset[str]:
        leased = leased_keys(ledger.store, (now - RESERVED).timestamp())
        return referred(ledger).union(leased, others())

    kept = keep()
    layers = tuple(unreferred(entries, kept, now, age))
    old = tuple(unreferred(reserved, kept, now, max(age, RESERVED)))
    if dry_run:
        return (*layers, *old)
    freed = delete_layers(ledger, layers, keep) if layers else ()
    for entry in old:
        ledger.store.delete(entry.key)
    return (*freed, *old)


def layers_in_use(ledger: Ledger) -> frozenset[str]:
    """Return the digests of layers that a run which has not ended may be using on this machine.

    :raises ExternalError: the record of one cannot be read.
    """
    open_ = (look(ledger, listed) for listed in listed_runs(ledger) if listed.state is None)
    running = (run for run in open_ if run and not (isinstance(run, Run) and run.final))
    return frozenset(digest for run in running for digest in _digests(run))


def unused_images(ledgers: Iterable[Ledger], age: timedelta) -> frozenset[str]:
    """Return the names of the images that only runs were in which have ended and are older than ``age``.

    None where a run cannot be read: it may be in any of them.
    """
    used, old = set[str](), set[str]()
    for ledger in ledgers:
        page = list_runs(ledger)
        if page.unreadable:
            return frozenset()
        oldest = ledger.clock.now() - age
        for run in page.runs:
            if run.plan.image:
                is_old = run.final and datetime.fromisoformat(run.plan.created) < oldest
                (old if is_old else used).add(run.plan.image.name)
    return frozenset(old - used)
