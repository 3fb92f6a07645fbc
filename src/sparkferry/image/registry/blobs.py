"""Blobs of a repository: looked up, and fetched into the cache, checked and resumed.

Distribution specification 1.1, "Pulling blobs".
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from sparkferry.base.cache import Cache, Stored
from sparkferry.errors import ExternalError
from sparkferry.files import sha256_file
from sparkferry.http.download import Wanted, download
from sparkferry.http.message import NOT_FOUND, Request
from sparkferry.http.meter import Meter
from sparkferry.http.retry import Retry
from sparkferry.image.model import Descriptor
from sparkferry.image.registry.answers import failure
from sparkferry.image.registry.auth import to_pull
from sparkferry.image.registry.client import Repository

if TYPE_CHECKING:
    import httpx

_OUT_OF_RANGE = 416
NO_HEAD = frozenset({400, 405, 406, 501})
"""What servers answer that do not know HEAD; 400 is that of proxies."""

_FILE = "blob"
_BROKEN = "the registry or something between it and us is broken, or changes what is served"


def has_blob(repository: Repository, digest: str) -> bool:
    """Return whether the repository has the blob.

    :raises ExternalError: the registry does not say.
    """
    action = f"look for the blob `{digest}` in `{repository}`"
    call = Request("HEAD", repository.url(f"blobs/{digest}"), action)
    answer = repository.session.answer(call, to_pull(repository.name))
    if answer.status in NO_HEAD:
        return repository.session.persist(action, lambda: _is_served(repository, call))
    if answer.status == NOT_FOUND:
        return False
    if not answer.ok:
        raise failure(action, answer, repository.registry)
    return True


def _is_served(repository: Repository, call: Request) -> bool:
    """Return whether a GET finds the blob; its content is not read."""
    get = replace(call, method="GET", headers={"Range": "bytes=0-0"})
    session = repository.session
    with session.opened(get, to_pull(repository.name)) as response:
        if response.is_success or response.status_code == _OUT_OF_RANGE:
            return True
        answer = session.settled(get, response)
    if answer.status == NOT_FOUND:
        return False
    raise failure(call.action, answer, repository.registry)


def fetch_blob(
    repository: Repository, descriptor: Descriptor, cache: Cache, meter: Meter
) -> Stored:
    """Return the blob from the cache; it is fetched if it is not there.

    :raises ExternalError: the registry does not have it or serves something else, or the disk is full.
    """
    with cache.lock(f"blobs/{descriptor.sha256}"):
        found = cache.find_file("blobs", descriptor.sha256)
        if found is None:
            download = _Download(repository, descriptor, meter)
            found = cache.add_file("blobs", _FILE, download.write)
        meter.at(descriptor.size)
        return found


class _Download:
    def __init__(self, repository: Repository, descriptor: Descriptor, meter: Meter) -> None:
        self._repository, self._blob, self._meter = repository, descriptor, meter
        self._action = f"fetch the blob `{descriptor.digest}` from `{repository}`"

    def write(self, path: Path) -> str:
        """Write the blob to ``path``, and return its SHA-256."""
        session = self._repository.session
        retry = Retry(self._action, session.clock, session.attempts)
        wanted = Wanted(self._action, self._blob.size, _BROKEN)
        download(wanted, self._opened, path, self._meter, retry)
        sha256 = sha256_file(path)
        if sha256 != self._blob.sha256:
            raise ExternalError(
                f"could not {self._action}: the registry sent something else, of digest "
                f"sha256:{sha256}",
                hint=_BROKEN,
            )
        return sha256

    @contextmanager
    def _opened(self, headers: Mapping[str, str]) -> "Iterator[httpx.Response]":
        url = self._repository.url(f"blobs/{self._blob.digest}")
        call = Request("GET", url, self._action, headers)
        session, need = self._repository.session, to_pull(self._repository.name)
        with session.opened(call, need) as response:
            if not response.is_success and response.status_code != _OUT_OF_RANGE:
                raise failure(
                    self._action, session.settled(call, response), self._repository.registry
                )
            yield response
