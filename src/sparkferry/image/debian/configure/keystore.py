"""Java's keystore of trusted certificates, in the format JKS, which every Java reads.

The format is that of ``sun.security.provider.JavaKeyStore``. Its password guards nothing but the
integrity of public certificates; ``changeit`` is the one that every Java has for it.
"""

import hashlib
import struct
from collections.abc import Mapping

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
