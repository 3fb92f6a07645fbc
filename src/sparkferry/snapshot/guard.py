"""What must not ship by accident: large files, and files that look like credentials."""

import re
from collections.abc import Iterable
from fnmatch import translate

from sparkferry.errors import Diagnostic
from sparkferry.snapshot.model import File

LARGE = 50 * 1024 * 1024
"""Bytes above which a file ships only by name."""

_SECRET_NAMES = (
    "*.pem",
    "*.key",
    "*.p12",
    "*.pfx",
    "*.jks",
    "*.keystore",
    ".env",
    ".env.*",
    "id_rsa*",
    "id_dsa*",
    "id_ecdsa*",
    "id_ed25519*",
    ".netrc",
    "_netrc",
    ".pypirc",
    ".pgpass",
    ".git-credentials",
)
_HARMLESS_NAMES = (".env.example", ".env.sample", ".env.template", ".env.dist", "id_*.pub")

_SECRET = re.compile("|".join(map(translate, _SECRET_NAMES)))
_HARMLESS = re.compile("|".join(map(translate, _HARMLESS_NAMES)))

_KEY_FILE_LIMIT = 64 * 1024
"""Bytes up to which a JSON file is searched for a private key; a service account's has about 2,400."""


def guard(files: Iterable[File], allow: Iterable[str]) -> tuple[Diagnostic, ...]:
    """Return an error for every file that is large or looks like a credential and is not allowed."""
    allowed = frozenset(allow)
    return tuple(
        Diagnostic(
            "error",
            f"could not ship `{file.path}`: {reason}",
            "ignore it in .gitignore and do not name it in `include`, or allow it: "
            f'`[tool.sparkferry] snapshot.allow = ["{file.path}"]`',
            file=file.path,
        )
        for file in files
        if file.path not in allowed and (reason := _objection(file))
    )


def _objection(file: File) -> str | None:
    if file.size > LARGE:
        return f"it has {file.size:,} bytes, more than {LARGE // 1024**2} MB"
    if looks_secret(file.path):
        return "its name looks like a credential"
    if may_hold_key(file.path, file.size) and holds_key(file.source.read_bytes()):
        return "it holds a `private_key`"
    return None


def looks_secret(path: str) -> bool:
    """Return whether the file's name is one that credentials have."""
    name = path.rpartition("/")[2].lower()
    return bool(_SECRET.match(name)) and not _HARMLESS.match(name)


def may_hold_key(path: str, size: int) -> bool:
    """Return whether a file of ``size`` bytes may be the key of a cloud account."""
    return path.lower().endswith(".json") and size <= _KEY_FILE_LIMIT


def holds_key(content: bytes) -> bool:
    """Return whether the JSON is that of a cloud account's key."""
    return b'"private_key"' in content
