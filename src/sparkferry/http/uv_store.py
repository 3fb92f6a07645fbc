"""Logins that ``uv auth login`` wrote: ``credentials.toml`` in uv's directory of credentials.

Read as a file, since ``uv auth token`` needs the user's name, which is what is looked for.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sparkferry.http.addresses import Login, origin
from sparkferry.text import read_toml_or_empty


def store_file(environ: Mapping[str, str]) -> Path:
    """Return the file, as ``uv auth dir`` names its directory."""
    if named := environ.get("UV_CREDENTIALS_DIR"):
        return Path(named) / "credentials.toml"
    data = environ.get("XDG_DATA_HOME") or f"{environ.get('HOME', '/')}/.local/share"
    return Path(data) / "uv/credentials/credentials.toml"


def in_uv_store(url: str, user: str | None, environ: Mapping[str, str]) -> Login | None:
    """Return the login of the service that covers most of ``url``, of ``user`` where one is asked for."""
    found = [entry for entry in _entries(store_file(environ)) if _covers(entry["service"], url)]
    named = [entry for entry in found if user in {None, entry.get("username")}]
    best = max(named, key=lambda entry: len(entry["service"]), default=None)
    return (best.get("username") or "", best["password"]) if best else None


def _entries(path: Path) -> Iterator[Mapping[str, Any]]:
    entries = read_toml_or_empty(path).get("credential", [])
    for entry in entries if isinstance(entries, list) else []:
        fields = entry if isinstance(entry, dict) else {}
        if isinstance(fields.get("service"), str) and isinstance(fields.get("password"), str):
            yield fields


def _covers(service: str, url: str) -> bool:
    if origin(service) != origin(url):
        return False
    root = urlsplit(service).path.rstrip("/")
    return f"{urlsplit(url).path}/".startswith(f"{root}/")
