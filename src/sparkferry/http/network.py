"""How servers are reached from this shell: proxies, certificates, patience, as one value."""

from collections.abc import Mapping
from pathlib import Path

import msgspec

from sparkferry.http.certificates import Trust, read_trust
from sparkferry.http.proxies import Proxies, read_proxies
from sparkferry.http.uv_settings import read_uv_settings

ATTEMPTS = 5
"""How often something without progress is tried before a server counts as down."""

_CONNECT = 30.0
"""Seconds that a connection may take to be made."""


class Network(msgspec.Struct, frozen=True, kw_only=True):
    """The rules of one shell and project."""

    proxies: Proxies = Proxies()
    trust: Trust = Trust()
    timeout: float | None = None
    """Seconds without a byte after which a connection counts as broken; None where nothing is set."""
    connect_timeout: float = _CONNECT
    attempts: int = ATTEMPTS

    @property
    def ignored(self) -> tuple[str, ...]:
        """What is set and has no effect, for the hint of a request that failed."""
        return (*self.proxies.ignored, *self.trust.ignored)


def read_network(environ: Mapping[str, str], root: Path | None = None) -> Network:
    """Return the rules of ``environ`` and of uv's settings for a project in ``root``.

    Variables: docs/network.md. A number that is none is ignored, as uv does.
    """
    settings = read_uv_settings(root, environ)
    timeouts = ("UV_HTTP_TIMEOUT", "UV_REQUEST_TIMEOUT", "HTTP_TIMEOUT")
    retries = _number(environ, "UV_HTTP_RETRIES", least=0)
    return Network(
        proxies=read_proxies(environ, settings),
        trust=read_trust(environ, settings),
        timeout=next((found for name in timeouts if (found := _number(environ, name))), None),
        connect_timeout=_number(environ, "UV_HTTP_CONNECT_TIMEOUT") or _CONNECT,
        attempts=ATTEMPTS if retries is None else retries + 1,
    )


def _number(environ: Mapping[str, str], name: str, least: int = 1) -> int | None:
    text = environ.get(name, "")
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1
    return number if number >= least else None
