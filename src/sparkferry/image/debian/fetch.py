"""Files of a mirror: the signed start of an archive, and what is known by its digest."""

import os
from collections.abc import Sequence
from pathlib import Path

from sparkferry.errors import WorldError
from sparkferry.image.debian.model import Locked, Mirror
from sparkferry.layers.cache import Cache
from sparkferry.layers.model import Artifact
from sparkferry.layers.wheels.credentials import Logins
from sparkferry.layers.wheels.fetch import fetch, find_fetched
from sparkferry.process import redact
from sparkferry.progress import Progress

_SECONDS = 30.0
_ATTEMPTS = 3


def fetch_text(url: str) -> bytes:
    """Return a small file, whatever its content; if a connection breaks, it is asked for again.

    :raises WorldError: the mirror is out of reach, or does not have it.
    """
    import httpx

    try:
        return _ask(url, _ATTEMPTS)
    except httpx.HTTPError as error:
        raise WorldError(
            f"could not fetch `{redact(url)}`: {redact(str(error))}",
            hint="check the network and its proxy settings, and that `mirror` is a mirror of Debian",
        ) from error


def fetch_files(
    artifacts: Sequence[Artifact], cache: Cache, progress: Progress
) -> tuple[Path, ...]:
    """Return the files in the cache, those that were not there fetched and checked.

    :raises WorldError: the mirror is out of reach, or has another file.
    """
    fetch(artifacts, cache, Logins(environ=dict(os.environ)), progress)
    found = [find_fetched(item, cache) for item in artifacts]
    return tuple(item.path for item in found if item is not None)


def fetch_debs(
    packages: Sequence[Locked], mirror: Mirror, cache: Cache, progress: Progress
) -> tuple[Path, ...]:
    """Return the .deb of each locked package, fetched by its SHA-256 if need be.

    :raises WorldError: the mirror is out of reach, or does not have a package any more.
    """
    return fetch_files([_artifact(item, mirror) for item in packages], cache, progress)


def _artifact(locked: Locked, mirror: Mirror) -> Artifact:
    address = mirror.address(locked.archive)
    if address is None:
        raise WorldError(
            f"could not fetch `{locked.file}`: no mirror of Debian's security archive is known",
            hint="set `security-mirror` in [tool.sparkferry.image]",
        )
    return Artifact(
        name=locked.file, url=f"{address}/{locked.path}", sha256=locked.sha256, size=locked.size
    )


def _ask(url: str, attempts: int) -> bytes:
    import httpx

    try:
        answer = httpx.get(url, follow_redirects=True, timeout=_SECONDS)
    except httpx.TransportError:
        if attempts == 1:
            raise
        return _ask(url, attempts - 1)
    return answer.raise_for_status().content
