"""Files of a mirror: the signed start of an archive, and what is known by its digest."""

from collections.abc import Sequence
from pathlib import Path

from sparkferry.base.cache import Cache
from sparkferry.clock import SYSTEM
from sparkferry.errors import ExternalError
from sparkferry.image.debian.model import Locked, Mirror
from sparkferry.layers.model import Artifact
from sparkferry.layers.wheels.fetch import FileKind, fetch, find_fetched
from sparkferry.progress import Progress

_LOGIN = "put user and password into the address of the mirror, or into netrc"

DEBS = FileKind(
    title="Debian package",
    gone="the mirror has a newer package by now: resolve the image's packages again",
    changed="the mirror has another file than was locked: resolve the image's packages again",
    login=_LOGIN,
)
_CHECK = "check that `mirror` in [tool.sparkferry.image] is a mirror of Debian"


def fetch_text(url: str) -> bytes:
    """Return a small file, whatever its content; if a connection breaks, it is asked for again.

    :raises ExternalError: the mirror is out of reach, or does not have it.
    """
    from sparkferry.http.addresses import bare
    from sparkferry.http.client import HttpClient
    from sparkferry.http.message import Request
    from sparkferry.http.retry import persist
    from sparkferry.http.shell import answer, this_shell

    shell = this_shell()
    call = Request("GET", url, f"fetch `{bare(url)}`")
    attempts = shell.network.attempts
    try:
        with HttpClient(shell.network) as client:
            found = persist(
                call.action, SYSTEM, lambda: answer(client, shell.logins, call), attempts
            )
    except ExternalError as error:
        raise ExternalError(error.message, hint=f"{error.hint}; {_CHECK}") from error
    if not found.ok:
        hint = _LOGIN if found.status in {401, 403} else _CHECK
        raise ExternalError(
            f"could not {call.action}: the server answered {found.status}", hint=hint
        )
    return found.body


def fetch_files(
    artifacts: Sequence[Artifact], cache: Cache, progress: Progress, kind: FileKind = DEBS
) -> tuple[Path, ...]:
    """Return the files in the cache, those that were not there fetched and checked.

    :raises ExternalError: the server is out of reach, or has another file.
    """
    from sparkferry.http.shell import this_shell

    missing = [item for item in artifacts if find_fetched(item, cache) is None]
    if missing:
        fetch(missing, cache, this_shell(), progress, kind)
    found = [find_fetched(item, cache) for item in artifacts]
    return tuple(item.path for item in found if item is not None)


def fetch_debs(
    packages: Sequence[Locked], mirror: Mirror, cache: Cache, progress: Progress
) -> tuple[Path, ...]:
    """Return the .deb of each locked package, fetched by its SHA-256 if need be.

    :raises ExternalError: the mirror is out of reach, or does not have a package any more.
    """
    return fetch_files([_artifact(item, mirror) for item in packages], cache, progress)


def _artifact(locked: Locked, mirror: Mirror) -> Artifact:
    address = mirror.address(locked.archive)
    if address is None:
        raise ExternalError(
            f"could not fetch `{locked.file}`: no mirror of Debian's security archive is known",
            hint="set `security-mirror` in [tool.sparkferry.image]",
        )
    return Artifact(
        name=locked.file, url=f"{address}/{locked.path}", sha256=locked.sha256, size=locked.size
    )
