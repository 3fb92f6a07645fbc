"""Garbage collection of a store: layers that no run refers to, and ids that were never used."""

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime, timedelta
from typing import get_args

from sparkferry.carriers.api import layer_key
from sparkferry.errors import ExternalError
from sparkferry.layers.model import LayerKind
from sparkferry.runs.ledger import IDS, Ledger
from sparkferry.store.api import Entry, Store

LAYERS = "layers/"


def referred(ledger: Ledger) -> frozenset[str]:
    """Return the keys that runs refer to: of their layers, and of their ids.

    :raises ExternalError: a record cannot be read, so that what it refers to is not known.
    """
    found = {
        key for run in ledger.list() for key in (IDS + run.id, *(x.key for x in run.plan.layers))
    }
    return frozenset(found | set(_of_unreadable(ledger)))


def _of_unreadable(ledger: Ledger) -> Iterator[str]:
    """Yield the keys that runs refer to whose records are of a newer version, or damaged."""
    yield from (IDS + run.id for run in ledger.unreadable())
    for digest in _layers_of_unreadable(ledger):
        yield from (layer_key(kind, digest) for kind in get_args(LayerKind))


def _layers_of_unreadable(ledger: Ledger) -> Iterator[str]:
    """Yield the digests of layers that runs refer to whose records cannot be read otherwise.

    :raises ExternalError: that cannot be read either.
    """
    for run in ledger.unreadable():
        if run.layers is None:
            raise ExternalError(
                f"could not find out which layers the run `{run.id}` refers to: {run.reason}",
                hint="nothing was deleted; use the version of sparkferry that wrote it",
            )
        yield from run.layers


def unreferred(
    entries: Iterable[Entry], referred: Collection[str], now: datetime, age: timedelta
) -> Iterator[Entry]:
    """Yield the entries that nothing refers to and that are older than ``age``; pure."""
    oldest = (now - age).timestamp()
    return (entry for entry in entries if entry.key not in referred and entry.modified < oldest)


def collect_garbage(ledger: Ledger, age: timedelta, dry_run: bool = False) -> tuple[Entry, ...]:
    """Delete, or only name, what no run refers to and is older than ``age``; return it.

    Safe beside a run that is just being published: publishing makes a layer young again, so what is looked
    at is its age at the very end. ``age`` must be longer than it takes from publishing to the plan.
    """
    store, now = ledger.store, ledger.clock.now()
    entries = (*store.list(LAYERS), *store.list(IDS))
    read_saved = referred(ledger)
    freed = []
    for old in unreferred(entries, read_saved, now, age):
        for entry in unreferred(_again(store, old), read_saved, now, age):
            freed.append(entry)
            if not dry_run:
                store.delete(entry.key)
    return tuple(freed)


def _again(store: Store, entry: Entry) -> list[Entry]:
    return [found for found in store.list(entry.key) if found.key == entry.key]


def layers_in_use(ledger: Ledger) -> frozenset[str]:
    """Return the digests of layers that a run which has not ended may be using on this machine."""
    open_ = (layer.digest for run in ledger.list() if not run.final for layer in run.plan.layers)
    return frozenset((*open_, *_layers_of_unreadable(ledger)))


def unused_images(ledgers: Iterable[Ledger], age: timedelta) -> frozenset[str]:
    """Return the names of the images that only runs were in which have ended and are older than ``age``.

    None where a run cannot be read: it may be in any of them.
    """
    used, old = set[str](), set[str]()
    for ledger in ledgers:
        if next(ledger.unreadable(), None):
            return frozenset()
        oldest = ledger.clock.now() - age
        for run in ledger.list():
            if run.plan.image:
                is_old = run.final and datetime.fromisoformat(run.plan.created) < oldest
                (old if is_old else used).add(run.plan.image.name)
    return frozenset(old - used)
