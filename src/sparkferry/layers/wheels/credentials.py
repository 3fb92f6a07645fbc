"""The indexes of a project, and so the logins that its files may be fetched with.

Indexes are named in the environment, in pyproject.toml, in uv's settings, in pip's configuration and in
the lock. What is looked for beside them is told in `sparkferry.http.logins`.
"""

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from sparkferry.http.logins import Address, Logins
from sparkferry.http.network import read_network
from sparkferry.http.shell import Shell
from sparkferry.http.uv_settings import UvSettings, read_uv_settings
from sparkferry.layers.locks.lock import read_pyproject
from sparkferry.layers.locks.requirements.lines import expand_variables
from sparkferry.text import read_text

_VARIABLES = (
    "UV_INDEX",
    "UV_DEFAULT_INDEX",
    "UV_INDEX_URL",
    "UV_EXTRA_INDEX_URL",
    "UV_FIND_LINKS",
    "PIP_INDEX_URL",
    "PIP_EXTRA_INDEX_URL",
    "PIP_FIND_LINKS",
)
"""Variables that hold index addresses, several separated by blanks; uv's as ``name=address`` too."""

_ADDRESS = re.compile(r"https?://[^\s\"'/@]+@[^\s\"'<>]+")


def find_shell(root: Path, lock: Path) -> Shell:
    """Return how the project's files are reached: as uv reaches its indexes in this shell."""
    return Shell(read_network(os.environ, root), find_logins(root, lock))


def find_logins(root: Path, lock: Path) -> Logins:
    """Return the logins that environment, settings and lock name for the project's indexes."""
    settings = read_uv_settings(root, os.environ)
    addresses = [
        *_of_environment(os.environ),
        *_of_settings(settings),
        *_of_poetry(read_pyproject(root)),
        *_of_pip(os.environ),
    ]
    text = expand_variables(read_text(lock, coding=True)) if lock.is_file() else ""
    addresses.extend(Address(url) for url in dict.fromkeys(_ADDRESS.findall(text)))
    provider = os.environ.get("UV_KEYRING_PROVIDER") or settings.text("keyring-provider")
    return Logins(
        tuple(item for item in addresses if item.url.startswith(("http://", "https://"))),
        dict(os.environ),
        keyring=provider == "subprocess",
    )


def _of_environment(environ: Mapping[str, str]) -> Iterator[Address]:
    for variable in _VARIABLES:
        for word in environ.get(variable, "").split():
            named = re.fullmatch(r"([A-Za-z0-9._-]+)=(.+)", word)
            yield Address(named[2], named[1]) if named else Address(word)


def _of_settings(settings: UvSettings) -> Iterator[Address]:
    for index in settings.tables_of("index"):
        yield from _of_table(index)
    for key in ("extra-index-url", "find-links"):
        yield from map(Address, settings.texts(key))
    url = settings.text("index-url")
    if url:
        yield Address(url)


def _of_poetry(document: dict[str, Any]) -> Iterator[Address]:
    sources = document.get("tool", {}).get("poetry", {}).get("source", [])
    for source in sources if isinstance(sources, list) else []:
        yield from _of_table(source)


def _of_table(index: Mapping[str, Any]) -> Iterator[Address]:
    url, name, policy = (index.get(key) for key in ("url", "name", "authenticate"))
    if isinstance(url, str):
        yield Address(
            url,
            name if isinstance(name, str) else None,
            policy if isinstance(policy, str) else "auto",
        )


def _of_pip(environ: Mapping[str, str]) -> Iterator[Address]:
    """Yield the indexes of pip's configuration (pip's "Configuration Files")."""
    import configparser

    parser = configparser.RawConfigParser(strict=False)
    for path in _pip_files(environ):
        try:
            parser.read_string(path.read_text("utf-8-sig"))
        except (OSError, ValueError, configparser.Error):
            continue
    for section in parser.sections():
        for key in ("index-url", "extra-index-url", "find-links"):
            yield from map(Address, parser.get(section, key, fallback="").split())


def _pip_files(environ: Mapping[str, str]) -> Iterator[Path]:
    named = environ.get("PIP_CONFIG_FILE")
    if named == os.devnull:
        return
    home = environ.get("HOME", "/")
    config = environ.get("XDG_CONFIG_HOME") or f"{home}/.config"
    yield Path("/etc/pip.conf")
    yield Path(home) / ".pip/pip.conf"
    yield Path(config) / "pip/pip.conf"
    if named:
        yield Path(named)
