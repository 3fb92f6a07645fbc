"""The wheels of a selection, all in the cache: fetched, copied or built.

Their hashes are checked here; `verify` looks inside of them.
"""

import re
import shutil
from collections.abc import Iterable
from pathlib import Path

from sparkferry.errors import Diagnostic, UserError, raise_errors
from sparkferry.layers.cache import Cache, Stored
from sparkferry.layers.model import Artifact, Pin, Selection, Wheel
from sparkferry.layers.wheels.build import Builder, title
from sparkferry.layers.wheels.credentials import find_logins
from sparkferry.layers.wheels.fetch import area_of, fetch, find_fetched
from sparkferry.layers.wheels.verified import add_verified
from sparkferry.progress import Progress


def fetch_wheels(selection: Selection, cache: Cache, progress: Progress) -> tuple[Wheel, ...]:
    """Return a wheel for every pin of the selection, by name.

    :raises UserError: a local file or directory that the lock names is not there.
    :raises DiagnosticsError: packages have no wheel for the environment and become none here.
    :raises WorldError: an index refused or is out of reach, a file has another hash, a build failed.
    """
    _bring([pin.artifact for pin in selection.pins], selection, cache, progress)
    ready = {pin: find_fetched(pin.artifact, cache) for pin in selection.pins}
    builder = Builder(selection.environment, Path(selection.root), cache, progress)
    problems: list[Diagnostic] = []
    wheels: list[Wheel] = []
    for pin, stored in ready.items():
        try:
            found = stored if stored and pin.artifact.is_wheel else builder.wheel(pin)
            wheels.append(_wheel(pin, found))
        except UserError as error:
            problems.append(Diagnostic("error", error.message, error.hint, selection.lock))
    raise_errors(f"get the wheels of `{selection.lock}`", problems)
    return tuple(wheels)


def _bring(
    artifacts: Iterable[Artifact], selection: Selection, cache: Cache, progress: Progress
) -> None:
    """Have every file of the artifacts in the cache."""
    missing = [item for item in artifacts if item.has_digest and find_fetched(item, cache) is None]
    for artifact in missing:
        if artifact.path:
            _copy(artifact, Path(artifact.path), cache)
    remote = [item for item in missing if item.url]
    if remote:
        root = Path(selection.root)
        fetch(remote, cache, find_logins(root, root / selection.lock), progress)


def _copy(artifact: Artifact, path: Path, cache: Cache) -> None:
    if not path.is_file():
        raise UserError(
            f"could not find `{artifact.name}`: there is no file `{path}`",
            hint="the lock names it as a path dependency: lock again, or put it there",
        )

    def write(to: Path) -> None:
        shutil.copyfile(path, to)

    add_verified(artifact, area_of(artifact), cache, write)


def _wheel(pin: Pin, stored: Stored) -> Wheel:
    # The binary distribution format's file name, read without `packaging`: its import costs more
    # than all else when everything is in the cache.
    filename = stored.path.name
    escaped, version, *_ = filename.split("-")
    if re.sub(r"[-_.]+", "-", escaped).lower() != pin.name:
        raise UserError(
            f"could not use `{title(pin)}`: its source is of another package, `{escaped}`",
            hint="lock again",
        )
    return Wheel(
        name=pin.name,
        version=pin.version or version,
        filename=filename,
        sha256=stored.sha256,
        path=stored.path,
    )
