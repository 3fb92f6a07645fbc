"""Logins of private indexes, found where uv and pip find them.

In this order: user and password in an index address (environment variables, pyproject.toml, the
lock); ``UV_INDEX_<NAME>_USERNAME`` and ``…_PASSWORD``; netrc; and, once a server has refused,
the ``keyring`` command. A login is sent to the host that it was given for and to no other. Nothing
here is printed, recorded or kept.
"""

import os
import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from sparkferry.errors import WorldError
from sparkferry.layers.locks.lock import read_pyproject
from sparkferry.process import attempt

Login = tuple[str, str]
"""User and password."""

_VARIABLES = (
    "UV_INDEX",
    "UV_DEFAULT_INDEX",
    "UV_INDEX_URL",
    "UV_EXTRA_INDEX_URL",
    "PIP_INDEX_URL",
    "PIP_EXTRA_INDEX_URL",
)
"""Variables that hold index addresses, several separated by blanks; uv's as ``name=address`` too."""

_ADDRESS = re.compile(r"https?://[^\s\"'/@]+@[^\s\"'<>]+")


@dataclass(frozen=True, slots=True)
class Address:
    """An index as someone named it."""

    url: str = field(repr=False)
    name: str | None = None
    """Its name for uv, or None where it has none."""


@dataclass(frozen=True, slots=True)
class Logins:
    """The logins of a project's indexes."""

    addresses: tuple[Address, ...] = ()
    environ: Mapping[str, str] = field(default_factory=dict, repr=False)

    def find(self, url: str) -> Login | None:
        """Return the login for ``url``'s host, or None where nobody named one."""
        same = [address for address in self.addresses if _origin(address.url) == _origin(url)]
        for address in same:
            login = _in_address(address.url) or self._in_variables(address)
            if login:
                return login
        users = (_user(address.url) for address in same)
        return self._in_netrc(url) or next(((user, "") for user in users if user), None)

    def ask_keyring(self, url: str) -> Login | None:
        """Return the login that the ``keyring`` command has for ``url``'s host, or None.

        Keyring wants to know the user: it is taken from the index address.
        """
        if shutil.which("keyring", path=self.environ.get("PATH")) is None:
            return None
        for address in self.addresses:
            user = _user(address.url)
            if user and _origin(address.url) == _origin(url):
                password = _keyring(_bare(address.url), user) or _keyring(_host(url), user)
                if password:
                    return user, password
        return None

    def _in_variables(self, address: Address) -> Login | None:
        if address.name is None:
            return None
        prefix = f"UV_INDEX_{re.sub('[^A-Z0-9]', '_', address.name.upper())}"
        user, password = (self.environ.get(f"{prefix}_{part}") for part in ("USERNAME", "PASSWORD"))
        if not (user or password):
            return None
        return user or _user(address.url) or "", password or ""

    def _in_netrc(self, url: str) -> Login | None:
        import netrc

        path = self.environ.get("NETRC") or Path(self.environ.get("HOME", "/")) / ".netrc"
        try:
            found = netrc.netrc(path).authenticators(urlsplit(url).hostname or "")
        except (OSError, netrc.NetrcParseError):
            return None
        return (found[0], found[2] or "") if found and found[0] else None


def find_logins(root: Path, lock: Path) -> Logins:
    """Return the logins that environment, pyproject.toml and lock name for the project's indexes."""
    addresses = [*_of_environment(), *_of_project(read_pyproject(root))]
    text = lock.read_text("utf-8", "replace") if lock.is_file() else ""
    addresses.extend(Address(url) for url in dict.fromkeys(_ADDRESS.findall(text)))
    return Logins(tuple(addresses), dict(os.environ))


def _of_environment() -> Iterator[Address]:
    for variable in _VARIABLES:
        for word in os.environ.get(variable, "").split():
            named = re.fullmatch(r"([A-Za-z0-9._-]+)=(.+)", word)
            yield Address(named[2], named[1]) if named else Address(word)


def _of_project(document: dict[str, Any]) -> Iterator[Address]:
    tools = document.get("tool", {})
    for index in [*_list(tools, "uv", "index"), *_list(tools, "poetry", "source")]:
        if "url" in index:
            yield Address(index["url"], index.get("name"))


def _list(tables: dict[str, Any], tool: str, key: str) -> list[dict[str, Any]]:
    found = tables.get(tool, {}).get(key, [])
    return found if isinstance(found, list) else []


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    return parts.scheme, parts.hostname, port


def _in_address(url: str) -> Login | None:
    parts = urlsplit(url)
    if not parts.password:
        return None
    return unquote(parts.username or ""), unquote(parts.password)


def _user(url: str) -> str | None:
    user = urlsplit(url).username
    return unquote(user) if user else None


def _bare(url: str) -> str:
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


def _host(url: str) -> str:
    return urlsplit(url).netloc.rpartition("@")[2]


def _keyring(service: str, user: str) -> str | None:
    try:
        done = attempt(["keyring", "get", service, user])
    except WorldError:
        return None
    return done.text or None if done.code == 0 else None
