"""Whose certificates a registry may show.

Those of the system's store (``SSL_CERT_FILE`` and ``SSL_CERT_DIR`` name another one), and those that
Docker and Podman were told of in ``certs.d/<host>/*.crt``.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from sparkferry.errors import WorldError
from sparkferry.image.registry.hosts import Access

if TYPE_CHECKING:
    import ssl

_SYSTEM = (Path("/etc/docker/certs.d"), Path("/etc/containers/certs.d"))


def ssl_context(netloc: str, access: Access, environ: Mapping[str, str]) -> "ssl.SSLContext":
    """Return how connections to ``netloc`` are verified; not at all where ``access`` says so.

    :raises WorldError: a file in ``certs.d`` holds no certificate.
    """
    import ssl

    context = ssl.create_default_context()
    if netloc in access.insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return context
    for path in ca_files(netloc, environ):
        try:
            context.load_verify_locations(path)
        except OSError as error:  # ssl.SSLError is one
            raise WorldError(
                f"could not read the certificate `{path}`: {error.strerror or error}",
                hint="it must hold a CA certificate in PEM format",
            ) from error
    return context


def ca_files(netloc: str, environ: Mapping[str, str]) -> Iterator[Path]:
    """Yield the CA certificates that Docker and Podman use for ``netloc``."""
    for directory in (*_SYSTEM, *_of_user(environ)):
        yield from sorted((directory / netloc).glob("*.crt"))


def untrusted(action: str, netloc: str, said: str) -> WorldError:
    """Return the error about a certificate that nobody vouches for."""
    return WorldError(
        f"could not {action}: the certificate of `{netloc}` is not trusted: {said}",
        hint=f"put its CA certificate into ~/.config/containers/certs.d/{netloc}/ca.crt, or let "
        "SSL_CERT_FILE name it; where nobody can listen in, `--insecure` does without",
    )


def _of_user(environ: Mapping[str, str]) -> Iterator[Path]:
    home = environ.get("HOME", "")
    config = environ.get("XDG_CONFIG_HOME") or (f"{home}/.config" if home else "")
    if config:
        yield Path(config) / "docker/certs.d"
        yield Path(config) / "containers/certs.d"
