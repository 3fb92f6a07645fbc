"""Where a store behind a network is, and what it takes to reach it."""

import atexit
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sparkferry.base.cache import Cache
from sparkferry.env import Env
from sparkferry.http.client import HttpClient
from sparkferry.http.network import read_network
from sparkferry.progress import Progress

_TIMEOUT = 60.0
"""Seconds without a byte after which a connection counts as broken."""


@dataclass(frozen=True, slots=True)
class Location:
    """A bucket and a prefix, or what other stores call so."""

    bucket: str
    prefix: str
    """Ends with a slash, or is empty."""
    environ: Mapping[str, str]
    cache: Cache
    client: HttpClient
    progress: Progress


def locate(bucket: str, path: str, root: Path, env: Env) -> Location:
    """Return the location of the objects below ``path`` in ``bucket``, for the project in ``root``."""
    prefix = path.strip("/")
    client = HttpClient(read_network(env.environ, root), env.clock, _TIMEOUT)
    # Stores of one URL share it for as long as the process lives.
    atexit.register(client.close)
    return Location(
        bucket=bucket,
        prefix=f"{prefix}/" if prefix else "",
        environ=env.environ,
        cache=env.cache,
        client=client,
        progress=env.progress,
    )
