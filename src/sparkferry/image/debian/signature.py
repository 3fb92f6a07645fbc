"""Signed documents of an archive, checked by gpgv.

gpgv is what apt itself calls; its status lines are described in GnuPG's doc/DETAILS.
"""

import base64
import os
import re
import tempfile
from collections.abc import Iterable
from pathlib import Path

from sparkferry.errors import ExternalError
from sparkferry.process import Completed, attempt

_WEAK = frozenset({"1", "2", "3"})
"""MD5, SHA-1 and RIPE-MD/160 (RFC 4880, 9.4): apt accepts none of them."""

_ARMOR = re.compile(
    rb"-----BEGIN PGP PUBLIC KEY BLOCK-----\r?\n(?:[A-Za-z]+: .*\r?\n)*\s*\n(.*?)\n=?[^\n]*\r?\n"
    rb"-----END PGP PUBLIC KEY BLOCK-----",
    re.DOTALL,
)


def signed_text(document: bytes, keyrings: Iterable[Path], name: str) -> str:
    """Return what the clear-signed ``document`` says, without anything that is not signed.

    ``name`` is what messages call it.

    :raises ExternalError: no key of ``keyrings`` signed it, it was changed, or gpgv is not there.
    """
    with tempfile.TemporaryDirectory(prefix="sparkferry-gpgv-") as directory:
        place = Path(directory)
        options = [f"--keyring={path}" for path in _binary(keyrings, place)]
        document_path = place / "document"
        document_path.write_bytes(document)
        done = attempt(
            ["gpgv", "--quiet", "--status-fd=2", *options, "--output=-", str(document_path)],
            env={**os.environ, "GNUPGHOME": directory, "LC_ALL": "C"},
        )
    reason = _reason(done)
    if reason:
        raise ExternalError(
            f"could not verify `{name}`: {reason}",
            hint="the mirror was tampered with, or the keyring lacks the keys of this release: "
            "update the package debian-archive-keyring, or set `keyring`",
        )
    return done.stdout.decode("utf-8", "replace")


def dearmored(data: bytes) -> bytes:
    """Return an armored keyring in binary form, and any other one as it is (RFC 4880, 6.2)."""
    blocks = [base64.b64decode(block) for block in _ARMOR.findall(data)]
    return b"".join(blocks) if blocks else data


def _binary(keyrings: Iterable[Path], place: Path) -> Iterable[Path]:
    for number, path in enumerate(keyrings):
        copy = place / f"{number}.gpg"
        copy.write_bytes(dearmored(path.read_bytes()))
        yield copy


def _reason(done: Completed) -> str:
    """Return why the document must not be believed; empty if it may be.

    Archives are signed by several keys, of which a keyring need not have more than one: so the
    status lines count, and not gpgv's exit code.
    """
    said = done.stderr.decode("utf-8", "replace").splitlines()
    status = [line.split()[1:] for line in said if line.startswith("[GNUPG:] ")]
    if any(words[0] == "BADSIG" for words in status):
        return "it was changed after it was signed"
    bad = [words for words in status if words[0] in {"EXPKEYSIG", "REVKEYSIG", "EXPSIG"}]
    good = [words for words in status if words[0] == "VALIDSIG"]
    if not good:
        return "no known key signed it"
    if len(bad) >= len(good):
        return "the key that signed it has expired or was revoked"
    if all(words[8] in _WEAK for words in good):
        return "its signature uses a hash that is not safe any more"
    return ""
