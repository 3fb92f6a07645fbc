"""``/etc/ssl/certs`` and Java's keystore, as ``update-ca-certificates`` and its hooks make them."""

import base64
import hashlib
import re
import struct
from collections.abc import Iterator, Mapping

from sparkferry.files import sha256_bytes
from sparkferry.image.debian.configure.subject import subject_hash
from sparkferry.image.debian.configure.unpacked import Unpacked, directory, symlink, text
from sparkferry.image.entry import Entry

BUNDLE = "etc/ssl/certs/ca-certificates.crt"
KEYSTORE = "etc/ssl/certs/java/cacerts"
_SHIPPED = "usr/share/ca-certificates/"
_PEM = re.compile(rb"-----BEGIN CERTIFICATE-----(.*?)-----END CERTIFICATE-----", re.DOTALL)
_SAFE_NAME = str.maketrans({" ": "_", "(": "=", ")": "=", ",": "_"})
"""What ``update-ca-certificates`` makes of names of files."""


def certificates(unpacked: Unpacked) -> Iterator[Entry]:
    """Yield bundle, links and keystore, each where a package that uses it is there."""
    shipped = unpacked.below(_SHIPPED)
    if shipped:
        yield from _directory(shipped)
    if "ca-certificates-java" in unpacked.packages:
        yield directory("etc/ssl/certs/java")
        trusted = dict(_named(shipped) if shipped else _bundled(unpacked.base.get(BUNDLE, b"")))
        yield Entry(path=KEYSTORE, content=write_keystore(trusted))


def decode_pem(content: bytes) -> Iterator[bytes]:
    """Yield the certificates of a PEM file, in DER."""
    for found in _PEM.findall(content):
        yield base64.b64decode(found)


def _directory(shipped: dict[str, bytes]) -> Iterator[Entry]:
    listed = [path.removeprefix(_SHIPPED) for path in shipped]
    yield Entry(path="etc/ca-certificates.conf", content=text(listed))
    bundle = b"".join(content.rstrip(b"\n") + b"\n" for content in shipped.values())
    yield Entry(path=BUNDLE, content=bundle)
    # Where the package openssl, which is not needed otherwise, leads OpenSSL's defaults.
    yield directory("usr/lib/ssl")
    yield symlink("usr/lib/ssl/certs", "/etc/ssl/certs")
    yield symlink("usr/lib/ssl/cert.pem", f"/{BUNDLE}")
    for path in shipped:
        yield symlink(f"etc/ssl/certs/{_link(path)}", f"/{path}")
    yield from _hash_links(shipped)


def _hash_links(shipped: dict[str, bytes]) -> Iterator[Entry]:
    """Yield the links by which OpenSSL finds a certificate, as ``openssl rehash`` makes them."""
    taken: dict[str, int] = {}
    for path, content in shipped.items():
        for certificate in decode_pem(content):
            name = subject_hash(certificate)
            number = taken.get(name, 0)
            taken[name] = number + 1
            yield symlink(f"etc/ssl/certs/{name}.{number}", _link(path))


def _link(path: str) -> str:
    name = path.rpartition("/")[2].removesuffix(".crt")
    return f"{name.translate(_SAFE_NAME)}.pem"


def _named(shipped: dict[str, bytes]) -> Iterator[tuple[str, bytes]]:
    """Yield the certificates by the names that ca-certificates-java gives them."""
    for path, content in shipped.items():
        for certificate in decode_pem(content):
            yield f"debian:{_link(path)}".lower(), certificate


def _bundled(bundle: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield the certificates of a base image's bundle, which does not name them."""
    for certificate in decode_pem(bundle):
        yield f"debian:{sha256_bytes(certificate)[:16]}", certificate


_MAGIC, _FORMAT, _TRUSTED = 0xFEEDFEED, 2, 2
_PASSWORD = "changeit"  # noqa: S105 - a published constant of Java's
_WHITENER = b"Mighty Aphrodite"
"""What JavaKeyStore digests after the password."""

_CREATED = 315532800000
"""1980-01-01 UTC in milliseconds: when a certificate was added must not depend on the clock."""


def write_keystore(certificates: Mapping[str, bytes]) -> bytes:
    """Return a keystore of certificates in DER by alias."""
    body = struct.pack(">III", _MAGIC, _FORMAT, len(certificates)) + b"".join(
        _entry(alias, certificate) for alias, certificate in sorted(certificates.items())
    )
    # SHA-1 is what the format demands.
    digest = hashlib.sha1(_PASSWORD.encode("utf-16-be") + _WHITENER + body, usedforsecurity=False)
    return body + digest.digest()


def _entry(alias: str, certificate: bytes) -> bytes:
    return b"".join(
        (
            struct.pack(">I", _TRUSTED),
            _text(alias),
            struct.pack(">Q", _CREATED),
            _text("X.509"),
            struct.pack(">I", len(certificate)),
            certificate,
        )
    )


def _text(text: str) -> bytes:
    data = text.encode("utf-8")
    return struct.pack(">H", len(data)) + data
