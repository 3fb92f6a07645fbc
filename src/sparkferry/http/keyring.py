"""Logins that the ``keyring`` command knows (https://github.com/jaraco/keyring)."""

import shutil
from collections.abc import Mapping, Sequence

from sparkferry.errors import ExternalError
from sparkferry.http.addresses import Login, netloc
from sparkferry.process import attempt

_SECONDS = 30.0
"""How long the command may take: it may ask a server itself."""


def ask_keyring(service: str, user: str | None, environ: Mapping[str, str]) -> Login | None:
    """Return the login for an address, else for its host; None where keyring has none or is not there.

    Where no user is known, keyring 25.2 and later are asked for one.
    """
    program = shutil.which("keyring", path=environ.get("PATH"))
    if program is None:
        return None
    for name in (service, netloc(service)):
        if user:
            password = _said([program, "get", name, user], environ)
            if password:
                return user, password[0]
        else:
            said = _said([program, "get", name, "--mode", "creds"], environ)
            if len(said) == 2:
                return said[0], said[1]
    return None


def _said(argv: Sequence[str], environ: Mapping[str, str]) -> list[str]:
    try:
        done = attempt(argv, env=environ, timeout=_SECONDS)
    except ExternalError:
        return []
    return done.text.splitlines() if done.code == 0 else []
