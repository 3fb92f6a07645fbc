"""Logins of servers, found where uv finds them.

In this order: user and password in the address; in the address of an index; the variables
``UV_INDEX_<NAME>_USERNAME`` and ``…_PASSWORD``; netrc; uv's own store (``uv auth login``); and, once a
server has refused, the ``keyring`` command. A login is sent to the origin that it was given for and to
no other. Nothing here is printed, recorded or kept.
"""

import base64
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from sparkferry.http.addresses import Login, bare, login_in, origin
from sparkferry.http.keyring import ask_keyring
from sparkferry.http.netrc import in_netrc
from sparkferry.http.uv_store import in_uv_store


@dataclass(frozen=True, slots=True)
class Address:
    """An index as its user named it."""

    url: str = field(repr=False)
    name: str | None = None
    """Its name for uv, or None where it has none."""
    authenticate: str = "auto"
    """uv's policy: ``auto``, ``always`` or ``never``."""

    @property
    def root(self) -> str:
        """The address that its files are below: without ``/simple`` at the end, as for uv."""
        path = urlsplit(self.url).path.rstrip("/")
        return path.removesuffix("/simple").removesuffix("/+simple")


@dataclass(frozen=True, slots=True)
class Logins:
    """The logins of a shell and a project."""

    addresses: tuple[Address, ...] = ()
    environ: Mapping[str, str] = field(default_factory=dict, repr=False)
    keyring: bool = False
    """Whether ``keyring-provider = "subprocess"`` of uv is set."""

    def find(self, url: str) -> Login | None:
        """Return the login to send to ``url``, or None where there is none or none is to be sent."""
        return next(self.candidates(url), None)

    def candidates(self, url: str) -> Iterator[Login]:
        """Yield the logins for ``url`` that cost no process, the most specific first, each once."""
        yield from dict.fromkeys(self._candidates(url))

    def ask_keyring(self, url: str) -> Login | None:
        """Return the login that the ``keyring`` command has for ``url``'s host, or None.

        It is asked about the index address, then about the host; with the user if one is known.
        """
        near = self._near(url)
        if _is_never(near):
            return None
        for address in near:
            user, _ = login_in(address.url)
            found = ask_keyring(bare(address.url), user, self.environ)
            if found:
                return found
        user, _ = login_in(url)
        if not near and (user or self.keyring):
            return ask_keyring(bare(url), user, self.environ)
        return None

    def _candidates(self, url: str) -> Iterator[Login]:
        near = self._near(url)
        if _is_never(near):
            return
        user, password = login_in(url)
        if password is not None:
            yield user or "", password
        for address in near:
            yield from self._of_address(address)
        users = dict.fromkeys((user, *(login_in(address.url)[0] for address in near)))
        known = [name for name in users if name]
        for name in known or (None,):
            for found in (in_netrc(url, name, self.environ), in_uv_store(url, name, self.environ)):
                if found:
                    yield found
        yield from ((name, "") for name in known)

    def _of_address(self, address: Address) -> Iterator[Login]:
        user, password = login_in(address.url)
        if password is not None:
            yield user or "", password
        elif address.name is not None:
            prefix = f"UV_INDEX_{re.sub('[^A-Z0-9]', '_', address.name.upper())}"
            name, secret = (
                self.environ.get(f"{prefix}_{part}") for part in ("USERNAME", "PASSWORD")
            )
            if name or secret:
                yield name or user or "", secret or ""

    def _near(self, url: str) -> tuple[Address, ...]:
        """Return the addresses of ``url``'s origin: those that it is below first, the longest first."""
        same = [address for address in self.addresses if origin(address.url) == origin(url)]
        path = urlsplit(url).path if same else ""
        return tuple(sorted(same, key=lambda address: -_below(path, address.root)))


def basic(login: Login) -> str:
    """Return the value of ``Authorization`` for a login (RFC 7617, in UTF-8)."""
    return f"Basic {base64.b64encode(':'.join(login).encode()).decode()}"


def _is_never(near: tuple[Address, ...]) -> bool:
    return bool(near) and near[0].authenticate == "never"


def _below(path: str, root: str) -> int:
    """Return how much of ``path`` an address covers: the length of its path, or -1 for none of it."""
    return len(root) if f"{path}/".startswith(f"{root}/") else -1
