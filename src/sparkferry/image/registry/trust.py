"""What holds for a registry beside the rules of the network.

The certificates that Docker and Podman were told of in ``certs.d/<host>/*.crt``; no proxy for this
machine's own registries, as for Docker (Go, ``http.ProxyFromEnvironment``); and what ``--insecure``
allows.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

from sparkferry.http.addresses import is_loopback
from sparkferry.http.client import Special
from sparkferry.image.registry.hosts import Access

_HEADERS = {"Docker-Distribution-Api-Version": "registry/2.0"}
"""Some proxies before registries tell the API's version by it."""

_SYSTEM = (Path("/etc/docker/certs.d"), Path("/etc/containers/certs.d"))


def special(netloc: str, access: Access, environ: Mapping[str, str]) -> Special:
    """Return what holds for the registry ``netloc``."""
    return Special(
        insecure=netloc in access.insecure,
        certificates=tuple(ca_files(netloc, environ)),
        direct=is_loopback(netloc),
        headers=_HEADERS,
        remedy=f"put its CA certificate into ~/.config/containers/certs.d/{netloc}/ca.crt, or let "
        "SSL_CERT_FILE name it; where nobody can listen in, `--insecure` does without",
    )


def ca_files(netloc: str, environ: Mapping[str, str]) -> Iterator[Path]:
    """Yield the CA certificates that Docker and Podman use for ``netloc``."""
    for directory in (*_SYSTEM, *_of_user(environ)):
        yield from sorted((directory / netloc).glob("*.crt"))


def _of_user(environ: Mapping[str, str]) -> Iterator[Path]:
    home = environ.get("HOME", "")
    config = environ.get("XDG_CONFIG_HOME") or (f"{home}/.config" if home else "")
    if config:
        yield Path(config) / "docker/certs.d"
        yield Path(config) / "containers/certs.d"
