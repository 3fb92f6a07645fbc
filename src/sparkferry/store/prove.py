"""Whether a store keeps its promises, tried on the store itself."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from sparkferry.errors import ExternalError
from sparkferry.store.api import Store
from sparkferry.store.errors import NotFoundError

CLIENTS = 32
"""Clients that create one key at the same time."""

_TRIED = "checks/"
"""Keys that are tried, and deleted."""


def broken_promises(store: Store) -> Iterator[str]:
    """Yield what the store does not do; nothing of the trial stays.

    :raises ExternalError: it refuses to be written, read, listed or deleted from, or is out of reach.
    """
    key = f"{_TRIED}{os.urandom(8).hex()}"
    contents = [f"{number} {os.urandom(32).hex()}".encode() for number in range(CLIENTS)]
    with ThreadPoolExecutor(CLIENTS) as pool:
        created = list(pool.map(lambda data: store.put(key, data), contents))
    yield from _race(store, key, [x for x, won in zip(contents, created, strict=True) if won])
    if key not in {entry.key for entry in store.list(_TRIED)}:
        yield "an object that was just created is not listed"
    store.delete(key)
    if store.exists(key):
        yield "an object that was just deleted is still there"


def _race(store: Store, key: str, winners: list[bytes]) -> Iterator[str]:
    if len(winners) != 1:
        yield (
            f"of {CLIENTS} clients that created one object at the same time, {len(winners)} were told "
            "that they did: runs would overwrite each other's records"
        )
        return
    try:
        found = store.get(key)
    except NotFoundError:
        yield "an object that was just created cannot be read"
        return
    if found != winners[0]:
        yield "an object holds what another client wrote than the one that was told it had created it"


def check_promises(store: Store) -> None:
    """Find out whether the store keeps its promises.

    :raises ExternalError: it does not, or cannot be used.
    """
    broken = tuple(broken_promises(store))
    if broken:
        raise ExternalError(
            f"could not rely on the store `{store.url}`: {'; '.join(broken)}",
            hint="it needs conditional writes (If-None-Match) and strong consistency: switch them on, "
            "or use another store",
        )
