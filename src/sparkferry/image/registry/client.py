"""Registries and their repositories: where everything else here begins."""

import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from sparkferry.clock import SYSTEM, Clock
from sparkferry.errors import SparkferryError
from sparkferry.image.registry.hosts import Access
from sparkferry.progress import QUIET

if TYPE_CHECKING:
    from sparkferry.image.registry.http import RegistryClient
    from sparkferry.image.registry.session import Session

_TIMEOUT = 60.0
"""Seconds without a byte after which a connection counts as broken."""


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository of a registry."""

    session: "Session"
    name: str

    def __str__(self) -> str:
        """Return it as references name it."""
        return f"{self.session.registry}/{self.name}"

    @property
    def registry(self) -> str:
        """The registry, as references name it."""
        return self.session.registry

    def url(self, path: str) -> str:
        """Return the address of ``path`` in the repository.

        :raises ExternalError: the registry cannot be reached or trusted.
        """
        return self.session.url(f"{self.name}/{path}")


class Registries:
    """The registries of one command, each asked for its address and logins once.

    Safe to use from several threads. A context manager: its connections end with the block. ``warn``
    is told of what does not stop the command.
    """

    def __init__(
        self,
        access: Access | None = None,
        *,
        environ: Mapping[str, str],
        clock: Clock = SYSTEM,
        timeout: float = _TIMEOUT,
        warn: Callable[[str], None] = QUIET.message,
    ) -> None:
        self._warn = warn
        self._access, self._environ = access or Access(), environ
        self._clock, self._timeout = clock, timeout
        self._web: RegistryClient | None = None
        self._ahead: threading.Thread | None = None
        self._sessions: dict[str, Session] = {}
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._ahead is not None:
            self._ahead.join()
        if self._web is not None:
            self._web.close()

    def repository(self, registry: str, name: str) -> Repository:
        """Return the repository; the registry is not asked for it yet."""
        with self._lock:
            if registry not in self._sessions:
                self._sessions[registry] = self._session(registry)
            return Repository(self._sessions[registry], name)

    def prepare(self, registry: str) -> None:
        """Begin to load what it takes to speak to the registry, in the background; nothing is sent.

        The HTTP client and the system's certificates take as long as a build in which nothing changed.
        """

        def load() -> None:
            # Whatever it is, the first request meets it again, and can tell what it was for.
            with suppress(SparkferryError):
                self.repository(registry, "").session.prepare()

        self._ahead = threading.Thread(target=load, name="registry")
        self._ahead.start()

    def _session(self, registry: str) -> "Session":
        from sparkferry.image.registry.auth import Authenticator
        from sparkferry.image.registry.credentials import find_credential
        from sparkferry.image.registry.hosts import api_host
        from sparkferry.image.registry.http import RegistryClient
        from sparkferry.image.registry.session import Session

        web = self._web or RegistryClient(self._access, self._environ, self._clock, self._timeout)
        self._web = web
        auth = Authenticator(
            api_host(registry),
            web,
            lambda name: find_credential(registry, name, self._environ),
            self._warn,
        )
        return Session(registry, web, auth)
