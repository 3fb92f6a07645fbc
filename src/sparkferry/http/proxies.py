"""Which proxy serves an address: the rules of reqwest, uv's HTTP client.

Variables are read in upper case before lower case, even where the former is empty, and a value that is
not the address of a proxy is ignored (hyper-util, ``client::proxy::matcher``). ``http-proxy`` and
``https-proxy`` of uv's settings take the place of all variables, NO_PROXY included.
"""

import ipaddress
import re
from collections.abc import Iterable, Mapping
from urllib.parse import quote, unquote

import msgspec

from sparkferry.errors import UserError
from sparkferry.http.addresses import origin
from sparkferry.http.uv_settings import UvSettings

_PORTS = {"http": 80, "https": 443}
_SOCKS = ("socks4", "socks4a", "socks5", "socks5h")
_SOCKS_PORT = 1080
_HIGHEST_PORT = 65535

_ADDRESS = re.compile(
    r"(?:(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://)?(?:(?P<user>[^\s@/?#]*)@)?"
    r"(?P<host>\[[0-9A-Fa-f:.]+\]|[^\s\[\]:/?#@<>\"{}|\\^`]+)(?::(?P<port>[0-9]{1,6}))?(?:[/?#]\S*)?"
)


class Proxy(msgspec.Struct, frozen=True, kw_only=True):
    """A proxy, and the variable or setting that names it."""

    scheme: str
    host: str
    port: int
    user: str | None = None
    password: str = ""
    source: str

    def __str__(self) -> str:
        """Return its address without the login, and who named it."""
        return f"{self.scheme}://{self.host}:{self.port} of {self.source}"

    def __repr__(self) -> str:
        """Return nothing of the login."""
        return f"Proxy({self})"

    @property
    def is_socks(self) -> bool:
        """Whether it speaks SOCKS."""
        return self.scheme in _SOCKS

    @property
    def url(self) -> str:
        """Its address with the login, as HTTP clients take it."""
        login = "" if self.user is None else f"{quote(self.user, '')}:{quote(self.password, '')}@"
        return f"{self.scheme}://{login}{self.host}:{self.port}"


class Proxies(msgspec.Struct, frozen=True, kw_only=True):
    """The proxies of this shell."""

    http: Proxy | None = None
    https: Proxy | None = None
    exempt: tuple[str, ...] = ()
    """Entries of NO_PROXY."""
    ignored: tuple[str, ...] = ()
    """Values that name no proxy, as ``HTTP_PROXY was ignored: …``."""

    def find(self, url: str) -> Proxy | None:
        """Return the proxy for ``url``, or None for a direct connection.

        :raises UserError: the proxy's port is out of range.
        """
        scheme, host, port = origin(url)
        proxy = {"http": self.http, "https": self.https}.get(scheme)
        if proxy is None or is_exempt(host, port, self.exempt):
            return None
        if not 0 < proxy.port <= _HIGHEST_PORT:
            raise UserError(
                f"could not use the proxy of {proxy.source}: {proxy.port} is not a port",
                hint=f"set {proxy.source} to scheme://host:port, or unset it",
            )
        return proxy


def read_proxies(environ: Mapping[str, str], settings: UvSettings) -> Proxies:
    """Return the proxies that uv would use."""
    configured = {key: settings.text(f"{key}-proxy") for key in ("http", "https")}
    if any(configured.values()):
        http, https = (
            parse_proxy(value or "", f"`{key}-proxy` of uv's settings")
            for key, value in configured.items()
        )
        return Proxies(http=http, https=https, exempt=settings.texts("no-proxy"))
    if "REQUEST_METHOD" in environ:  # CGI: HTTP_PROXY would be a header of the client (httpoxy)
        return Proxies()
    named = [_variable(environ, name) for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")]
    found = [parse_proxy(value, name) for name, value in named]
    return Proxies(
        http=found[0] or found[2],
        https=found[1] or found[2],
        exempt=tuple(_variable(environ, "NO_PROXY")[1].split(",")),
        ignored=tuple(
            f"{name} was ignored: its value is not the address of a proxy"
            for (name, value), proxy in zip(named, found, strict=True)
            if value and proxy is None
        ),
    )


def parse_proxy(text: str, source: str) -> Proxy | None:
    """Return the proxy that ``text`` names, or None where it names none."""
    found = _ADDRESS.fullmatch(text)
    if found is None:
        return None
    scheme = (found["scheme"] or "http").lower()
    if scheme not in _PORTS and scheme not in _SOCKS:
        return None
    user, _, password = (found["user"] or "").partition(":")
    return Proxy(
        scheme=scheme,
        host=found["host"],
        port=int(found["port"] or _PORTS.get(scheme, _SOCKS_PORT)),
        user=unquote(user) if found["user"] else None,
        password=unquote(password),
        source=source,
    )


def is_exempt(host: str, port: int, entries: Iterable[str]) -> bool:
    """Return whether an entry of NO_PROXY is for ``host``.

    Entries are names (with their subdomains), addresses, ranges in CIDR notation and ``*``, as for uv;
    also ``*.name``, ``[address]`` and ``host:port``, which uv does not know and curl or Go do.
    """
    host = host.lower()
    return any(_matches(host, port, entry.strip().lower()) for entry in entries)


def _matches(host: str, port: int, entry: str) -> bool:
    if entry == "*":
        return True
    with_port = re.fullmatch(r"(\[.+\]|[^:]+):([0-9]+)", entry)
    if with_port:
        return int(with_port[2]) == port and _matches(host, port, with_port[1])
    entry = entry.removeprefix("[").removesuffix("]") if entry.startswith("[") else entry
    address = _address(host)
    if address is not None:
        try:
            return address in ipaddress.ip_network(entry, strict=False)
        except ValueError:
            return False
    name = entry.removeprefix("*").removeprefix(".")
    return bool(name) and (host == name or host.endswith(f".{name}"))


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _variable(environ: Mapping[str, str], name: str) -> tuple[str, str]:
    """Return the variable's name as it is set, and its value."""
    found = name if name in environ else name.lower()
    return found, environ.get(found, "")
