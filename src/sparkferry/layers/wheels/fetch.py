"""Files of a lock, fetched in parallel into the cache: checked, resumed, retried."""

import threading
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from sparkferry.base.cache import Cache, FileArea, Stored
from sparkferry.clock import SYSTEM, Clock
from sparkferry.errors import ExternalError
from sparkferry.files import sha256_file
from sparkferry.layers.model import Artifact
from sparkferry.layers.wheels.verified import add_verified, find_verified, identity
from sparkferry.progress import Progress, Task

if TYPE_CHECKING:
    import httpx

    from sparkferry.http.message import Request
    from sparkferry.http.shell import Shell


class FileKind(msgspec.Struct, frozen=True):
    """Files of one kind, and what to do where a server does not serve them."""

    title: str
    """What one is called."""
    gone: str
    """Where the server does not have it."""
    changed: str
    """Where the server has another file."""
    login: str
    """Where the server wants a login."""


_OUT_OF_RANGE = 416

LOCKED = FileKind(
    title="package file",
    gone="the index does not have this file any more: lock again",
    changed="the file on the index is another one: lock again, or ask its owner why",
    login="give one in netrc, by `uv auth login`, as UV_INDEX_<NAME>_USERNAME and "
    "UV_INDEX_<NAME>_PASSWORD, in the index address of UV_INDEX or PIP_EXTRA_INDEX_URL, or in the "
    "keyring",
)
"""Files that a lock names."""


def area_of(artifact: Artifact) -> FileArea:
    """Return where in the cache the artifact's file is kept."""
    if artifact.name.endswith((".deb", "Packages.xz")):
        return "debs"
    return "wheels" if artifact.is_wheel else "sources"


def find_fetched(artifact: Artifact, cache: Cache) -> Stored | None:
    """Return the artifact's file if it is in the cache, with the digests that the lock allows."""
    return find_verified(artifact, area_of(artifact), cache)


def fetch(
    artifacts: Iterable[Artifact],
    cache: Cache,
    shell: "Shell",
    progress: Progress,
    kind: FileKind = LOCKED,
) -> None:
    """Fetch those of the artifacts with a URL that the cache does not have.

    :raises ExternalError: a server refused, has another file, or stayed out of reach.
    """
    missing = [item for item in artifacts if item.url and find_fetched(item, cache) is None]
    if not missing:
        return
    sizes = [item.size for item in missing]
    total = sum(size or 0 for size in sizes) if all(sizes) else None
    title = f"fetching {len(missing)} {kind.title}{'s' if len(missing) > 1 else ''}"
    with progress.task(title, total) as task:
        Fetch(cache, shell, task, kind).all(missing)


class Fetch:
    """One parallel fetch."""

    def __init__(
        self,
        cache: Cache,
        shell: "Shell",
        task: Task,
        kind: FileKind = LOCKED,
        clock: Clock = SYSTEM,
    ) -> None:
        from sparkferry.http.client import HttpClient

        self._cache, self._shell, self._task, self._kind = cache, shell, task, kind
        self._stopped = threading.Event()
        self._clock = clock if clock is not SYSTEM else _Interruptible(self._stopped)
        self._client = HttpClient(shell.network, self._clock)

    def all(self, artifacts: Iterable[Artifact]) -> None:
        """Fetch all, and stop at the first that fails.

        :raises ExternalError: what went wrong with it.
        """
        from sparkferry.http.client import WORKERS

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

    def _write(self, artifact: Artifact, path: Path) -> str:
        """Write the file to ``path``, and return its SHA-256."""
        from sparkferry.http.addresses import netloc
        from sparkferry.http.download import Wanted, download
        from sparkferry.http.meter import Meter
        from sparkferry.http.retry import Retry

        action = f"fetch `{artifact.name}` from {netloc(artifact.url or '')}"
        download(
            Wanted(action, artifact.size, self._kind.changed),
            lambda headers: self._opened(action, artifact.url or "", headers),
            path,
            Meter(self._task, self._stopped),
            Retry(action, self._clock, self._shell.network.attempts),
        )
        sha256 = sha256_file(path)
        if artifact.sha256 not in {None, sha256}:
            raise ExternalError(
                f"could not verify `{artifact.name}`: its SHA-256 is {sha256}, not {artifact.sha256}",
                hint=self._kind.changed,
            )
        return sha256

    @contextmanager
    def _opened(
        self, action: str, url: str, headers: Mapping[str, str]
    ) -> "Iterator[httpx.Response]":
        from sparkferry.http.message import Request
        from sparkferry.http.shell import opened

        call = Request("GET", url, action, headers)
        with opened(self._client, self._shell.logins, call) as response:
            self._check(call, response)
            yield response

    def _check(self, call: "Request", response: "httpx.Response") -> None:
        """Raise what a status other than success or 416 means."""
        from sparkferry.http.message import TRANSIENT
        from sparkferry.http.retry import AgainError, seconds_of
        from sparkferry.http.shell import REFUSED

        status = response.status_code
        said = f"the server answered {status}"
        if status in TRANSIENT:
            raise AgainError(
                said, seconds_of(response.headers.get("Retry-After"), self._clock.now())
            )
        if status in REFUSED:
            raise self._refused(call, status)
        if not response.is_success and status != _OUT_OF_RANGE:
            raise ExternalError(f"could not {call.action}: {said}", hint=self._kind.gone)

    def _refused(self, call: "Request", status: int) -> ExternalError:
        from sparkferry.http.netrc import netrc_problem

        logins = self._shell.logins
        known = logins.find(call.url) is not None
        said = (
            "it refused the login that was found"
            if known
            else "it wants a login, and none was found"
        )
        parts = (self._kind.login, netrc_problem(logins.environ))
        return ExternalError(
            f"could not {call.action}: {said} (status {status})",
            hint="; ".join(part for part in parts if part),
        )


class _Interruptible:
    """The system's clock, whose pauses end when ``stopped`` is set."""

    def __init__(self, stopped: threading.Event) -> None:
        self._stopped = stopped

    def now(self) -> datetime:
        return SYSTEM.now()

    def sleep(self, seconds: float) -> None:
        if self._stopped.wait(seconds):
            raise ExternalError("could not go on: interrupted")
