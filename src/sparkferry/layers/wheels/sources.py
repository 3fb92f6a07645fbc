"""What a wheel is built from: an archive, a local directory, or a commit of a Git repository."""

import shutil
import tarfile
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from sparkferry.base.cache import Cache
from sparkferry.errors import ExternalError, UserError
from sparkferry.layers.model import Pin
from sparkferry.layers.wheels.checkouts import Commit, check_out
from sparkferry.layers.wheels.directories import directory_state
from sparkferry.layers.wheels.fetch import find_fetched
from sparkferry.layers.wheels.repository import Repositories
from sparkferry.layers.wheels.surroundings import copy_with_surroundings
from sparkferry.layers.wheels.verified import identity

_EPOCH = 1577836800
"""2020-01-01T00:00:00Z."""

_DAY = 24 * 60 * 60


@dataclass(frozen=True, slots=True)
class Source:
    """One source of a wheel."""

    key: str
    """All of it that the wheel depends on."""
    put: Callable[[Path], Path]
    """Puts a copy below an empty directory, and returns the archive or directory to build."""
    remedy: str
    """What to do if its version cannot be computed, or is not the locked one."""
    epoch: int = _EPOCH
    """Seconds since 1970: the time of the files in the wheel, so that it is the same next time
    (https://reproducible-builds.org/specs/source-date-epoch)."""
    refresh: Callable[[Path], Path] | None = None
    """As ``put``, after asking a remote repository for new tags; None if there is none to ask."""


def source_of(pin: Pin, project: Path, cache: Cache, repositories: Repositories) -> Source:
    """Return the source of a pin that is not a wheel.

    :raises UserError: its directory is not there.
    :raises ExternalError: Git is missing or failed.
    """
    if pin.artifact.vcs:
        return _commit(pin, cache)
    if pin.artifact.has_digest:
        return _archive(pin, cache)
    return _directory(pin, project, repositories)


def _commit(pin: Pin, cache: Cache) -> Source:
    url, commit = pin.artifact.vcs or ("", "")
    where = pin.artifact.subdirectory or ""

    def put(to: Path, *, refresh: bool = False) -> Path:
        # Some backends take the name of the directory for that of the project.
        place = to / (_repository_name(url) or pin.name)
        check_out(Commit(url=url, commit=commit), place, cache, refresh=refresh)
        return place / where

    return Source(
        key=f"git {url} {commit} {where} {pin.version}",
        put=put,
        refresh=lambda to: put(to, refresh=True),
        remedy="lock again: its repository has other tags than when it was locked",
    )


def _repository_name(url: str) -> str:
    path = unquote(urlsplit(url).path or url).rstrip("/")
    return path.rpartition("/")[2].rpartition(":")[2].removesuffix(".git").strip(".")


def _directory(pin: Pin, project: Path, repositories: Repositories) -> Source:
    """Return the source of a local directory.

    Versions of changed working trees have the date in them (setuptools-scm: ``+d20270131``), which
    is that of ``SOURCE_DATE_EPOCH`` where it is set. So it is this day's, as in a build in place.
    """
    member = Path(pin.artifact.path or "", pin.artifact.subdirectory or "")
    state = directory_state(member, project, repositories)
    epoch = int(time.time()) // _DAY * _DAY if state.dirty else _EPOCH
    return Source(
        key=f"directory {state.digest} {epoch}",
        put=lambda to: copy_with_surroundings(member, state.top, to),
        remedy=state.remedy,
        epoch=epoch,
    )


def _archive(pin: Pin, cache: Cache) -> Source:
    artifact = pin.artifact

    def put(to: Path) -> Path:
        archive = find_fetched(artifact, cache)
        if archive is None:
            raise ExternalError(f"could not build `{artifact.name}`: it was not fetched")
        if artifact.subdirectory is None:
            return archive.path
        return unpack_archive(archive.path, to) / artifact.subdirectory

    return Source(
        key=f"file {identity(artifact)} {artifact.subdirectory or ''}",
        put=put,
        remedy="lock again, or lock another version of it",
    )


def unpack_archive(archive: Path, to: Path) -> Path:
    """Unpack a source archive below ``to`` and return its one top directory.

    :raises UserError: it cannot be unpacked safely, or has more than one.
    """
    try:
        shutil.unpack_archive(archive, to, filter=None if archive.suffix == ".zip" else "data")
        (top,) = to.iterdir()
    except (shutil.ReadError, tarfile.TarError, zipfile.BadZipFile, OSError, ValueError) as error:
        raise UserError(
            f"could not unpack `{archive.name}`: {error}", hint="it is not a valid source archive"
        ) from error
    return top
