"""Addresses: their origin, host and port, and where a redirect leads."""

import ipaddress
from urllib.parse import unquote, urljoin, urlsplit

PORTS = {"http": 80, "https": 443}
"""Ports of addresses that name none (RFC 9110, 4.2)."""

Origin = tuple[str, str, int]
"""Scheme, host and port: what a login is bound to (RFC 6454)."""

Login = tuple[str, str]
"""User and password."""


def origin(url: str) -> Origin:
    """Return the origin of ``url``; of an invalid address one that equals no other's."""
    try:
        parts = urlsplit(url)
        return parts.scheme, parts.hostname or "", parts.port or PORTS.get(parts.scheme, 0)
    except ValueError:
        return "", "", 0


def is_address(url: str) -> bool:
    """Return whether a request can be sent to ``url``."""
    scheme, host, port = origin(url)
    return scheme in PORTS and bool(host) and port > 0 and host.isprintable() and " " not in host


def netloc(url: str) -> str:
    """Return host and port of ``url``, without a login; an empty string for an invalid address."""
    try:
        return urlsplit(url).netloc.rpartition("@")[2]
    except ValueError:
        return ""


def bare(url: str) -> str:
    """Return ``url`` without the login in it."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


def login_in(url: str) -> tuple[str | None, str | None]:
    """Return user and password in ``url``, decoded; None for what it does not name."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return None, None
    user, password = parts.username, parts.password
    return unquote(user) if user else None, unquote(password) if password else None


def leads_to(url: str, location: str) -> str:
    """Return the address that the header ``Location`` of an answer from ``url`` means, or nothing."""
    try:
        return urljoin(url, location)
    except ValueError:
        return ""


def is_loopback(netloc: str) -> bool:
    """Return whether ``netloc`` is this machine's own address."""
    try:
        host = urlsplit(f"//{netloc}").hostname or ""
        if host == "localhost" or host.endswith(".localhost"):
            return True
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
