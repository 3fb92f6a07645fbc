"""Hosts of registries: where their API is, how far they are trusted, who one is there."""

from dataclasses import dataclass, field

import msgspec

from sparkferry.http.addresses import is_loopback
from sparkferry.image.registry.reference import DOCKER_HUB

_HUB_API = "registry-1.docker.io"


class Access(msgspec.Struct, frozen=True, kw_only=True):
    """How far registries are trusted."""

    insecure: frozenset[str] = frozenset()
    """Registries, as ``host:port``, that may speak plain HTTP or have a certificate of nobody."""

    def allows_plain(self, netloc: str) -> bool:
        """Return whether plain HTTP may be spoken with ``netloc``."""
        return netloc in self.insecure or is_loopback(netloc)


def api_host(registry: str) -> str:
    """Return the host that serves the API of ``registry``."""
    return _HUB_API if registry == DOCKER_HUB else registry


def is_google(registry: str) -> bool:
    """Return whether ``registry`` takes Google's access tokens."""
    return registry.endswith(("-docker.pkg.dev", ".gcr.io")) or registry == "gcr.io"


@dataclass(frozen=True, slots=True)
class Credential:
    """A login."""

    username: str
    secret: str = field(repr=False)
    """A password, an access token, or an identity token."""
    is_identity_token: bool = False
    """Whether the secret is to be exchanged for tokens, as OAuth 2 does with refresh tokens."""
