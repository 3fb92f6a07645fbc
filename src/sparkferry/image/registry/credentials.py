"""Logins of registries, found where Docker and Podman keep them, and where Google does.

In this order: the file that ``REGISTRY_AUTH_FILE`` names, and then no other file; Docker's
(``$DOCKER_CONFIG/config.json``, else ``~/.docker/config.json``); Podman's
(``$XDG_RUNTIME_DIR/containers/auth.json``, then ``~/.config/containers/auth.json``); for Google's
registries, `google`. Formats: docker-login(1) and containers-auth.json(5). Nothing here is printed,
recorded or kept.
"""

import base64
import binascii
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from sparkferry.errors import UserError
from sparkferry.image.registry.hosts import Credential, is_google
from sparkferry.image.registry.reference import DOCKER_HUB
from sparkferry.text import read_text, text_lines

_HUB_KEYS = ("https://index.docker.io/v1/", "index.docker.io", "registry-1.docker.io")
"""Further names that Docker gives to its own registry."""


class _Auth(msgspec.Struct, frozen=True):
    auth: str = ""
    identitytoken: str = ""

    def __repr__(self) -> str:
        return "_Auth(…)"


class AuthFile(msgspec.Struct, frozen=True, rename="camel"):
    """What a file of logins says."""

    auths: dict[str, _Auth] = {}
    cred_helpers: dict[str, str] = {}
    creds_store: str = ""


def find_credential(
    registry: str, repository: str, environ: Mapping[str, str]
) -> Credential | None:
    """Return the login for ``repository`` in ``registry``, or None where nobody has one.

    :raises UserError: a file is malformed, or names a helper that is not there.
    :raises ExternalError: a helper failed, or Google's login cannot be used.
    """
    from sparkferry.image.registry.google import google_credential

    for path in auth_files(environ):
        found = _in_file(path, read_auth_file(path), registry, repository)
        if found:
            return found
    return google_credential(environ) if is_google(registry) else None


def auth_files(environ: Mapping[str, str]) -> tuple[Path, ...]:
    """Return the files that may hold logins, in the order in which they are asked."""
    if named := environ.get("REGISTRY_AUTH_FILE"):
        return (Path(named),)
    home = environ.get("HOME")
    docker = environ.get("DOCKER_CONFIG") or (f"{home}/.docker" if home else None)
    config = environ.get("XDG_CONFIG_HOME") or (f"{home}/.config" if home else None)
    podman = (environ.get("XDG_RUNTIME_DIR"), config)
    files = [Path(docker) / "config.json"] if docker else []
    return (*files, *(Path(item) / "containers/auth.json" for item in podman if item))


def read_auth_file(path: Path) -> AuthFile:
    """Return what ``path`` says; nothing where there is no such file.

    :raises UserError: it cannot be read.
    """
    try:
        return msgspec.json.decode(read_text(path), type=AuthFile)
    except FileNotFoundError:
        return AuthFile()
    except OSError as error:
        raise UserError(
            f"could not read the logins in `{_place(path)}`: {error.strerror}",
            hint="let its owner be you, or remove it and log in again",
        ) from error
    except msgspec.MsgspecError:
        # The decoder's own message may show what is in the file.
        raise UserError(
            f"could not read the logins in `{_place(path)}`: it is not a JSON file as Docker writes them",
            hint="mend it, or remove it and log in again",
        ) from None


def _place(path: Path) -> str:
    """Return the file, with the line at which it stops being JSON."""
    import json

    try:
        json.loads(read_text(path))
    except json.JSONDecodeError as error:
        return f"{path}:{error.lineno}"
    except (OSError, ValueError):
        pass
    return str(path)


def names_of(registry: str, repository: str) -> Iterator[str]:
    """Yield the names under which a login may stand, the most specific first."""
    parts = repository.split("/")
    for end in range(len(parts), 0, -1):
        yield f"{registry}/{'/'.join(parts[:end])}"
    yield registry
    if registry == DOCKER_HUB:
        yield from _HUB_KEYS


def _in_file(path: Path, file: AuthFile, registry: str, repository: str) -> Credential | None:
    names = tuple(names_of(registry, repository))
    for name in names:
        if name in file.cred_helpers:
            return _asked(path, file.cred_helpers[name], name)
    known = {_bare(name): auth for name, auth in file.auths.items()}
    for name in names:
        auth = known.get(_bare(name))
        if auth and (auth.auth or auth.identitytoken):
            return _decoded(path, name, auth)
    if not file.creds_store:
        return None
    return _asked(path, file.creds_store, _HUB_KEYS[0] if registry == DOCKER_HUB else registry)


def _asked(path: Path, helper: str, server: str) -> Credential | None:
    from sparkferry.image.registry.helper import MissingHelperError, ask_helper

    try:
        return ask_helper(helper, server)
    except MissingHelperError as error:
        lines = text_lines(read_text(path))
        line = next((n for n, text in enumerate(lines, 1) if f'"{helper}"' in text), 1)
        raise UserError(
            f"could not start `{error.program}`, which `{path}:{line}` names: {error.reason}",
            hint=f"install it, or remove `{helper}` there and log in again: `docker login {server}`",
        ) from error


def _bare(name: str) -> str:
    """Return a name without what old versions of Docker put around it."""
    host = name.partition("://")[2] or name
    return host.removesuffix("/").removesuffix("/v1").removesuffix("/v2")


def _decoded(path: Path, name: str, auth: _Auth) -> Credential:
    try:
        user, colon, password = base64.b64decode(auth.auth).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        colon = user = password = ""
    if auth.identitytoken:
        return Credential(user, auth.identitytoken, is_identity_token=True)
    if not colon:
        raise UserError(
            f"could not read the login for `{name}` in `{path}`: it is not `user:password` in base64",
            hint="log in again",
        )
    return Credential(user, password.strip("\0"))
