"""What a store holds, and for which run."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime

import msgspec

from sparkferry.runs.ledger import Ledger
from sparkferry.runs.listing import list_runs
from sparkferry.runs.reservation import IDS
from sparkferry.store.api import Entry, Store


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """An object, as a person wants to see it."""

    key: str
    size: int
    """In bytes."""
    created: str
    """UTC, ISO 8601, to the second."""
    runs: tuple[str, ...] = ()
    """Ids of the runs that need it, newest first; then the releases, as ``release 1.4.0``."""


class Area(msgspec.Struct, frozen=True, kw_only=True):
    """The objects whose keys begin alike."""

    name: str
    objects: int
    size: int
    """In bytes, of all of them."""


def items(
    ledger: Ledger, prefix: str = "", others: Callable[[], Mapping[str, str]] = dict
) -> Iterator[Item]:
    """Yield the objects whose key begins with ``prefix``, by key, each with who needs it.

    ``others`` returns, by key, what else needs layers than runs.
    """
    needed: Mapping[str, tuple[str, ...]] | None = None
    for entry in ledger.store.list(prefix):
        runs = tuple(_owners(entry))
        if entry.key.startswith("layers/"):
            needed = _needed_layers(ledger, others()) if needed is None else needed
            runs = needed.get(entry.key, ())
        moment = datetime.fromtimestamp(entry.modified, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        yield Item(key=entry.key, size=entry.size, created=moment, runs=runs)


def areas(store: Store, prefix: str = "") -> Iterator[Area]:
    """Yield what lies below ``prefix``, by the next part of the key, the largest first."""
    sizes, counts = Counter[str](), Counter[str]()
    for entry in store.list(prefix):
        first, slash, _ = entry.key.removeprefix(prefix).partition("/")
        sizes[first + slash] += entry.size
        counts[first + slash] += 1
    for name, size in sizes.most_common():
        yield Area(name=name, objects=counts[name], size=size)


def _needed_layers(ledger: Ledger, others: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for run in list_runs(ledger).runs:
        for layer in run.plan.layers:
            found.setdefault(layer.key, []).append(run.id)
    for key, what in others.items():
        found.setdefault(key, []).append(what)
    return {key: tuple(runs) for key, runs in found.items()}


def _owners(entry: Entry) -> Iterator[str]:
    """Yield the run whose record, log, output or reservation an object is."""
    parts = entry.key.split("/")
    if parts[0] in {"runs", "outputs"} and len(parts) > 3:
        yield parts[2]
    elif entry.key.startswith(IDS):
        yield entry.key.removeprefix(IDS)
