"""Hosts of registries: where their API is, and how far they are trusted."""

import ipaddress
from urllib.parse import urljoin, urlsplit

import msgspec

from sparkferry.image.registry.reference import DOCKER_HUB

_HUB_API = "registry-1.docker.io"
_PORTS = {"http": 80, "https": 443}

Origin = tuple[str, str, int]
"""Scheme, host and port: what credentials are bound to."""


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


def origin(url: str) -> Origin:
    """Return the origin of ``url``; of what is no address, one that nobody has."""
    try:
        parts = urlsplit(url)
        return parts.scheme, parts.hostname or "", parts.port or _PORTS.get(parts.scheme, 0)
    except ValueError:
        return "", "", 0


def netloc(url: str) -> str:
    """Return host and port of ``url``, without a login; of what is no address, nothing."""
    try:
        return urlsplit(url).netloc.rpartition("@")[2]
    except ValueError:
        return ""


def leads_to(url: str, location: str) -> str:
    """Return the address that the header ``Location`` of an answer from ``url`` means, or nothing."""
    try:
        return urljoin(url, location)
    except ValueError:
        return ""


def is_loopback(netloc: str) -> bool:
    """Return whether ``netloc`` is this machine's own address."""
    host = urlsplit(f"//{netloc}").hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
