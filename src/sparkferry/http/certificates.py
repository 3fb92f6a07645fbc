"""Which certificates a server may show.

``SSL_CERT_FILE`` and ``SSL_CERT_DIR`` replace all others, as for uv and OpenSSL; a file or directory
that is not there is ignored, as uv does. Without them: the system's store and the bundled roots of
Mozilla (certifi); with uv's switch ``system-certs`` (``UV_SYSTEM_CERTS``) only one of the two.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import msgspec

from sparkferry.errors import ExternalError
from sparkferry.http.addresses import origin
from sparkferry.http.uv_settings import UvSettings, switch

if TYPE_CHECKING:
    import ssl

_FILES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/pki/tls/cacert.pem",
    "/etc/ssl/cert.pem",
    "/opt/etc/ssl/certs/ca-certificates.crt",
)
"""Where systems keep their store: Debian, Fedora, older Red Hat, SUSE, Alpine and macOS, Entware.

OpenSSL's own default is not asked alone: that of a standalone Python is a directory of its build.
"""

_DIRECTORIES = ("/etc/ssl/certs", "/etc/pki/tls/certs")
_HASHED = re.compile(r"[0-9a-f]{8}\.[0-9]+")
"""Names under which OpenSSL finds a certificate in a directory by itself (openssl-rehash(1))."""


class Trust(msgspec.Struct, frozen=True, kw_only=True):
    """Which certificates are trusted in this shell."""

    files: tuple[Path, ...] = ()
    """Of ``SSL_CERT_FILE``; takes the place of all other certificates."""
    directories: tuple[Path, ...] = ()
    """Of ``SSL_CERT_DIR``; likewise."""
    system: bool | None = None
    """True: only the system's store; False: only the bundled roots; None: both."""
    client: Path | None = None
    """Certificate and key of this client, in PEM format (``SSL_CLIENT_CERT``)."""
    insecure: tuple[str, ...] = ()
    """Hosts whose certificate is not verified, as uv's ``allow-insecure-host`` names them."""
    ignored: tuple[str, ...] = ()
    """Values that name nothing, as ``SSL_CERT_FILE was ignored: …``."""

    @property
    def is_usual(self) -> bool:
        """Whether nothing is set: the system's store and the bundled roots are trusted."""
        return self.system is None and not (self.files or self.directories)

    def is_insecure(self, url: str) -> bool:
        """Return whether the certificate of ``url``'s host is not verified."""
        return any(_is_same_host(entry, url) for entry in self.insecure)


def read_trust(environ: Mapping[str, str], settings: UvSettings) -> Trust:
    """Return what uv would trust in this shell."""
    files, no_file = _paths(environ, "SSL_CERT_FILE")
    directories, no_directory = _paths(environ, "SSL_CERT_DIR", ":")
    client, no_client = _paths(environ, "SSL_CLIENT_CERT")
    named = [switch(environ.get(name)) for name in ("UV_SYSTEM_CERTS", "UV_NATIVE_TLS")]
    system = next((found for found in named if found is not None), None)
    if system is None:
        system = settings.switch("system-certs", "native-tls")
    hosts = (*environ.get("UV_INSECURE_HOST", "").split(), *settings.texts("allow-insecure-host"))
    return Trust(
        files=files,
        directories=tuple(path for path in directories if path.is_dir()),
        system=system,
        client=next(iter(client), None),
        insecure=hosts,
        ignored=(*no_file, *no_directory, *no_client),
    )


def empty_context() -> "ssl.SSLContext":
    """Return a context that trusts nobody, for connections without TLS."""
    import ssl

    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def ssl_context(
    trust: Trust, extra: Iterable[Path] = (), *, verify: bool = True
) -> "ssl.SSLContext":
    """Return how connections are verified; ``extra`` are CA certificates beside those of ``trust``.

    A certificate that was put into the store is trusted whether or not it is a root, and whichever
    extensions it has, as uv's verifier (webpki) does.

    :raises ExternalError: a file of ``extra`` holds no certificate.
    """
    import ssl

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.verify_flags |= ssl.VerifyFlags.VERIFY_X509_PARTIAL_CHAIN
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    elif not _load_named(context, trust):
        found = trust.system is not False and _load_system(context)
        if trust.system is False or (trust.system is None and not (found and trust.is_usual)):
            _load_bundled(context)
    for path in extra:
        _load_extra(context, path)
    if trust.client is not None:
        with suppress(OSError):  # ssl.SSLError is one; uv ignores it likewise
            context.load_cert_chain(trust.client, password=lambda: "")
    return context


def _load_named(context: "ssl.SSLContext", trust: Trust) -> bool:
    """Load what the variables name; return whether there was anything."""
    files = [_load(context, path) for path in trust.files]
    known = frozenset(path.resolve() for path in trust.files)
    directories = [_load_directory(context, path, known) for path in trust.directories]
    return any((*files, *directories))


def trust_more(context: "ssl.SSLContext", trust: Trust) -> bool:
    """Add the bundled roots, where the system's store did not do; return whether that may help.

    They are not loaded at first, since reading them takes as long as reading the system's store.
    """
    if trust.is_usual:
        _load_bundled(context)
    return trust.is_usual


def _load_system(context: "ssl.SSLContext") -> bool:
    """Load the system's store; return whether there was a file of it."""
    import ssl

    usual = ssl.get_default_verify_paths()
    for directory in (*_DIRECTORIES, usual.capath):
        if directory and Path(directory).is_dir():
            context.load_verify_locations(capath=directory)  # read when a name is looked for
    return any(_load(context, Path(path)) for path in (*_FILES, usual.cafile) if path)


def _load_bundled(context: "ssl.SSLContext") -> None:
    import certifi

    _load(context, Path(certifi.where()))


def _load_directory(context: "ssl.SSLContext", directory: Path, known: frozenset[Path]) -> bool:
    """Load all certificates of ``directory`` but ``known`` ones, whatever the names of their files."""
    entries = sorted(directory.iterdir())
    hashed = {entry.resolve() for entry in entries if _HASHED.fullmatch(entry.name)}
    if hashed:
        context.load_verify_locations(capath=directory)
    others = [
        path
        for path in entries
        if not _HASHED.fullmatch(path.name)
        and path.is_file()
        and path.resolve() not in hashed | known
    ]
    return any([bool(hashed), *(_load(context, path) for path in others)])


def _load(context: "ssl.SSLContext", path: Path) -> bool:
    """Load the certificates of a file; return whether there were any."""
    try:
        context.load_verify_locations(path)
    except OSError:  # ssl.SSLError is one
        return False
    return True


def _load_extra(context: "ssl.SSLContext", path: Path) -> None:
    try:
        context.load_verify_locations(path)
    except OSError as error:  # ssl.SSLError is one
        raise ExternalError(
            f"could not read the certificate `{path}`: {error.strerror or error}",
            hint="it must hold a CA certificate in PEM format",
        ) from error


def _paths(
    environ: Mapping[str, str], variable: str, separator: str = ""
) -> tuple[tuple[Path, ...], tuple[str, ...]]:
    """Return the paths of a variable that exist, and what is to be said of the others."""
    value = environ.get(variable, "")
    named: Sequence[str] = value.split(separator) if separator else [value]
    paths = [Path(text) for text in named if text]
    missing = [path for path in paths if not path.exists()]
    return (
        tuple(path for path in paths if path not in missing),
        tuple(f"{variable} was ignored: there is no `{path}`" for path in missing),
    )


def _is_same_host(entry: str, url: str) -> bool:
    """Return whether an entry (``host``, ``host:port``, a URL or ``*``) is for ``url``'s host."""
    if entry == "*":
        return True
    scheme, host, port = origin(url)
    with suppress(ValueError):
        parts = urlsplit(entry if "://" in entry else f"//{entry}")
        if parts.hostname == host and parts.port in {None, port}:
            return parts.scheme in {"", scheme}
    return False
