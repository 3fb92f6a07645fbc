"""Logins in netrc (https://everything.curl.dev/usingcurl/netrc)."""

import netrc
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from sparkferry.http.addresses import Login


def netrc_file(environ: Mapping[str, str]) -> Path:
    """Return the file: ``$NETRC``, else ``~/.netrc``."""
    return Path(environ.get("NETRC") or Path(environ.get("HOME", "/")) / ".netrc")


def in_netrc(url: str, user: str | None, environ: Mapping[str, str]) -> Login | None:
    """Return the login for ``url``'s host, of ``user`` where one is asked for; None where there is none.

    A file that cannot be read holds none; :func:`netrc_problem` says why.
    """
    try:
        entries = netrc.netrc(netrc_file(environ))
        found = entries.authenticators(urlsplit(url).hostname or "")
    except (OSError, ValueError, netrc.NetrcParseError):
        return None
    if found is None or not found[0] or user not in {None, found[0]}:
        return None
    return found[0], found[2] or ""


def netrc_problem(environ: Mapping[str, str]) -> str | None:
    """Return why the file is not used, or None where it is, or is not there."""
    path = netrc_file(environ)
    try:
        netrc.netrc(path)
    except FileNotFoundError:
        return None
    except OSError as error:
        return f"`{path}` was ignored: {error.strerror}"
    except netrc.NetrcParseError as error:
        return f"`{path}` was ignored: line {error.lineno} cannot be read"
    except ValueError:
        return f"`{path}` was ignored: it is not text"
    return None
