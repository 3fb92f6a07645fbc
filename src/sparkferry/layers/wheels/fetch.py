"""Files of a lock, fetched in parallel into the cache: checked, resumed, retried."""

import threading
from collections.abc import Iterable
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from pathlib import Path
from typing import TYPE_CHECKING

from sparkferry.errors import WorldError
from sparkferry.layers.cache import Cache, FileArea, Stored
from sparkferry.layers.model import Artifact
from sparkferry.layers.wheels.credentials import Login, Logins
from sparkferry.layers.wheels.verified import add_verified, find_verified, identity
from sparkferry.progress import Progress, Task

if TYPE_CHECKING:
    import httpx

WORKERS = 8
"""Files that are fetched at a time."""

ATTEMPTS = 4
"""How often a file is asked for before the server counts as down."""

_PAUSE = 0.5
"""Seconds before the second attempt; twice as many before each further one."""

_TRANSIENT = frozenset({408, 425, 429, 500, 502, 503, 504})
_REFUSED = frozenset({401, 403})
_GONE: dict[FileArea, str] = {
    "wheels": "the index does not have this file any more: lock again",
    "sources": "the index does not have this file any more: lock again",
    "debs": "the mirror has a newer package by now: resolve the image's packages again",
}
_PARTIAL = 206
_OUT_OF_RANGE = 416


class _AgainError(Exception):
    """An attempt failed, and the next one may succeed."""


def area_of(artifact: Artifact) -> FileArea:
    """Return where in the cache the artifact's file is kept."""
    if artifact.name.endswith((".deb", "Packages.xz")):
        return "debs"
    return "wheels" if artifact.is_wheel else "sources"


def find_fetched(artifact: Artifact, cache: Cache) -> Stored | None:
    """Return the artifact's file if it is in the cache, with the digests that the lock allows."""
    return find_verified(artifact, area_of(artifact), cache)


def fetch(artifacts: Iterable[Artifact], cache: Cache, logins: Logins, progress: Progress) -> None:
    """Fetch those of the artifacts with a URL that the cache does not have.

    :raises WorldError: a server refused, has another file, or stayed out of reach.
    """
    missing = [item for item in artifacts if item.url and find_fetched(item, cache) is None]
    if not missing:
        return
    sizes = [item.size for item in missing]
    total = sum(size or 0 for size in sizes) if all(sizes) else None
    title = f"fetching {len(missing)} package file{'s' if len(missing) > 1 else ''}"
    with progress.task(title, total) as task:
        Fetch(cache, logins, task).all(missing)


class Fetch:
    """One parallel fetch; ``pause`` is the number of seconds before a second attempt."""

    def __init__(self, cache: Cache, logins: Logins, task: Task, pause: float = _PAUSE) -> None:
        import httpx

        self._cache, self._logins, self._task, self._pause = cache, logins, task, pause
        self._client = httpx.Client(
            follow_redirects=True,
            timeout=httpx.Timeout(30.0),
            limits=httpx.Limits(max_connections=WORKERS),
            headers={"Accept-Encoding": "identity"},
        )
        self._stopped = threading.Event()

    def all(self, artifacts: Iterable[Artifact]) -> None:
        """Fetch all, and stop at the first that fails.

        :raises WorldError: what went wrong with it.
        """
        pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="fetch")
        try:
            waiting = [pool.submit(self.one, item) for item in artifacts]
            for future in wait(waiting, return_when=FIRST_EXCEPTION).done:
                future.result()
        finally:
            self._stopped.set()
            pool.shutdown(wait=True, cancel_futures=True)
            self._client.close()

    def one(self, artifact: Artifact) -> Stored:
        """Fetch one file; of several processes that want it one does, and the others wait."""
        area = area_of(artifact)
        with self._cache.lock(f"{area}/{identity(artifact)}"):
            found = find_fetched(artifact, self._cache)
            return found or add_verified(
                artifact, area, self._cache, lambda path: self._write(artifact, path)
            )

    def _write(self, artifact: Artifact, path: Path) -> None:
        url = artifact.url or ""
        login = self._logins.find(url)
        reason = ""
        for attempt in range(ATTEMPTS):
            if attempt and self._stopped.wait(self._pause * 2 ** (attempt - 1)):
                break
            try:
                status = self._attempt(artifact, path, login)
            except _AgainError as error:
                reason = str(error)
                continue
            if status not in _REFUSED:
                return
            keyring = self._logins.ask_keyring(url)
            if keyring is None or keyring == login:
                raise _refused(artifact, status, known=login is not None)
            login = keyring
        raise WorldError(
            f"could not fetch `{artifact.name}` from {_host(url)}: {reason}",
            hint="check the network and its proxy settings; what was fetched so far is kept",
        )

    def _attempt(self, artifact: Artifact, path: Path, login: Login | None) -> int:
        import httpx

        start = path.stat().st_size if path.exists() else 0
        headers = {"Range": f"bytes={start}-"} if start else {}
        try:
            with self._client.stream(
                "GET", artifact.url or "", headers=headers, auth=login
            ) as response:
                return self._receive(artifact, path, response)
        except httpx.HTTPError as error:
            raise _AgainError(str(error) or type(error).__name__) from error

    def _receive(self, artifact: Artifact, path: Path, response: "httpx.Response") -> int:
        status = response.status_code
        if status in _REFUSED:
            return status
        if status == _OUT_OF_RANGE:
            path.unlink()
        if status in _TRANSIENT or status == _OUT_OF_RANGE:
            raise _AgainError(f"the server answered {status}")
        if not response.is_success:
            raise WorldError(
                f"could not fetch `{artifact.name}` from {_host(artifact.url or '')}: the server "
                f"answered {status}",
                hint=_GONE[area_of(artifact)],
            )
        with path.open("ab" if status == _PARTIAL else "wb") as stream:
            for chunk in response.iter_raw():
                self._keep(artifact, stream.write(chunk), stream.tell())
        return status

    def _keep(self, artifact: Artifact, more: int, size: int) -> None:
        if self._stopped.is_set():
            raise WorldError(f"could not fetch `{artifact.name}`: interrupted")
        if artifact.size is not None and size > artifact.size:
            raise WorldError(
                f"could not fetch `{artifact.name}`: the server sends more than the "
                f"{artifact.size} bytes that the lock names",
                hint="the file on the index is another one: lock again, or ask its owner why",
            )
        self._task.advance(more)


def _refused(artifact: Artifact, status: int, *, known: bool) -> WorldError:
    host = _host(artifact.url or "")
    said = "refused the login that was found" if known else "wants a login, and none was found"
    return WorldError(
        f"could not fetch `{artifact.name}`: {host} {said} (status {status})",
        hint="give one in netrc, as UV_INDEX_<NAME>_USERNAME and UV_INDEX_<NAME>_PASSWORD, "
        "in the index address of UV_INDEX or PIP_EXTRA_INDEX_URL, or in the keyring",
    )


def _host(url: str) -> str:
    from urllib.parse import urlsplit

    return urlsplit(url).netloc.rpartition("@")[2]
