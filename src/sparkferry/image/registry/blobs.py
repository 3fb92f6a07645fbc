"""Blobs of a repository: looked up, and fetched into the cache, checked and resumed.

Distribution specification 1.1, "Pulling blobs".
"""

from pathlib import Path
from typing import TYPE_CHECKING

from sparkferry.errors import WorldError
from sparkferry.files import sha256_file
from sparkferry.image.model import Descriptor
from sparkferry.image.registry.answers import NOT_FOUND, failure
from sparkferry.image.registry.auth import to_pull
from sparkferry.image.registry.client import Repository
from sparkferry.image.registry.meter import Meter
from sparkferry.image.registry.retry import AgainError, Retry
from sparkferry.image.registry.web import Call, connected
from sparkferry.layers.cache import Cache, Stored

if TYPE_CHECKING:
    import httpx

_PARTIAL = 206
_OUT_OF_RANGE = 416
_FILE = "blob"


def has_blob(repository: Repository, digest: str) -> bool:
    """Return whether the repository has the blob.

    :raises WorldError: the registry does not say.
    """
    action = f"look for the blob `{digest}` in `{repository}`"
    call = Call("HEAD", repository.url(f"blobs/{digest}"), action)
    answer = repository.session.answer(call, to_pull(repository.name))
    if answer.status == NOT_FOUND:
        return False
    if not answer.ok:
        raise failure(action, answer, repository.registry)
    return True


def fetch_blob(
    repository: Repository, descriptor: Descriptor, cache: Cache, meter: Meter
) -> Stored:
    """Return the blob from the cache; it is fetched if it is not there.

    :raises WorldError: the registry does not have it or serves something else, or the disk is full.
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
        retry = Retry(self._action, self._repository.session.clock)
        path.touch()
        while True:
            start = path.stat().st_size
            try:
                self._attempt(path, start)
                return self._checked(path)
            except AgainError as error:
                if path.stat().st_size > start:
                    retry.progressed()
                retry.wait(error)

    def _attempt(self, path: Path, start: int) -> None:
        headers = {"Range": f"bytes={start}-"} if start else {}
        url = self._repository.url(f"blobs/{self._blob.digest}")
        call = Call("GET", url, self._action, headers)
        session, need = self._repository.session, to_pull(self._repository.name)
        with session.opened(call, need) as response:
            if response.status_code == _OUT_OF_RANGE:
                path.write_bytes(b"")
                raise AgainError("the registry cannot go on where it stopped")
            if not response.is_success:
                answer = session.settled(call, response)
                raise failure(self._action, answer, self._repository.registry)
            self._receive(path, response)

    def _receive(self, path: Path, response: "httpx.Response") -> None:
        is_rest = response.status_code == _PARTIAL
        with (
            path.open("ab" if is_rest else "wb") as stream,
            connected(self._action, self._repository.registry),
        ):
            for chunk in response.iter_raw():
                stream.write(chunk)
                if stream.tell() > self._blob.size:
                    raise self._wrong(f"more than {self._blob.size} bytes")
                self._meter.at(stream.tell())

    def _checked(self, path: Path) -> str:
        size = path.stat().st_size
        if size < self._blob.size:
            raise AgainError(f"the registry sent {size} of {self._blob.size} bytes")
        sha256 = sha256_file(path)
        if sha256 != self._blob.sha256:
            raise self._wrong(f"something else, of digest sha256:{sha256}")
        return sha256

    def _wrong(self, what: str) -> WorldError:
        return WorldError(
            f"could not {self._action}: the registry sent {what}",
            hint="the registry or something between it and us is broken, or changes what is served",
        )
