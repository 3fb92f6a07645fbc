"""The wheels of a selection, all in the cache: fetched, copied or built.

Their hashes are checked here; `verify` looks inside of them.
"""

import shutil
from collections.abc import Iterable
from pathlib import Path

from sparkferry.base.cache import Cache, Stored
from sparkferry.errors import Diagnostic, UserError, raise_errors
from sparkferry.files import sha256_file
from sparkferry.layers.model import Artifact, Pin, Selection, Wheel
from sparkferry.layers.wheels.fetch import area_of, fetch, find_fetched
from sparkferry.layers.wheels.named import other_package
from sparkferry.layers.wheels.verified import add_verified
from sparkferry.progress import Progress


def fetch_wheels(selection: Selection, cache: Cache, progress: Progress) -> tuple[Wheel, ...]:
    """Return a wheel for every pin of the selection, by name.

    :raises UserError: a local file or directory that the lock names is not there.
    :raises DiagnosticsError: packages have no wheel for the environment and become none here.
    :raises ExternalError: an index refused or is out of reach, a file has another hash, a build failed.
    """
    _bring([pin.artifact for pin in selection.pins], selection, cache, progress)
    ready = {pin: find_fetched(pin.artifact, cache) for pin in selection.pins}
    problems: list[Diagnostic] = []
    wheels: list[Wheel] = []
    for pin, stored in ready.items():
        try:
            if stored and pin.artifact.is_wheel:
                wheels.append(_wheel(pin, stored))
            else:
                wheels.append(_built(pin, selection, cache, progress))
        except UserError as error:
            problems.append(Diagnostic("error", error.message, error.hint, selection.lock))
    raise_errors(f"get the wheels of `{selection.lock}`", problems)
    return tuple(wheels)


def _built(pin: Pin, selection: Selection, cache: Cache, progress: Progress) -> Wheel:
    from sparkferry.layers.wheels.build import Builder

    built = Builder(selection, cache, progress).wheel(pin)
    return _wheel(pin, built.wheel, built.warnings)


def find_wheels(selection: Selection, cache: Cache) -> tuple[tuple[Wheel, ...], tuple[Pin, ...]]:
    """Return the wheels of the selection that are at hand, and the pins that are not.

    Nothing is fetched or built.
    """
    found = {pin: _at_hand(pin, cache) for pin in selection.pins}
    absent = tuple(pin for pin, wheel in found.items() if wheel is None)
    return tuple(wheel for wheel in found.values() if wheel), absent


def _at_hand(pin: Pin, cache: Cache) -> Wheel | None:
    artifact = pin.artifact
    if not artifact.is_wheel or artifact.sha256 is None:
        return None
    stored = find_fetched(artifact, cache)
    path = stored.path if stored else Path(artifact.path or "")
    if stored is None and not (path.is_file() and sha256_file(path) == artifact.sha256):
        return None
    return Wheel(
        name=pin.name,
        version=pin.version or "",
        filename=artifact.name,
        sha256=artifact.sha256,
        path=path,
    )


def built_warnings(wheels: Iterable[Wheel]) -> tuple[Diagnostic, ...]:
    """Return what is doubtful about those of the wheels that were built here."""
    return tuple(warning for wheel in wheels for warning in wheel.warnings)


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
        from sparkferry.layers.wheels.credentials import find_shell

        root = Path(selection.root)
        fetch(remote, cache, find_shell(root, root / selection.lock), progress)


def _copy(artifact: Artifact, path: Path, cache: Cache) -> None:
    if not path.is_file():
        raise UserError(
            f"could not find `{artifact.name}`: there is no file `{path}`",
            hint="the lock names it as a path dependency: lock again, or put it there",
        )

    def write(to: Path) -> None:
        shutil.copyfile(path, to)

    add_verified(artifact, area_of(artifact), cache, write)


def _wheel(pin: Pin, stored: Stored, warnings: tuple[Diagnostic, ...] = ()) -> Wheel:
    filename = stored.path.name
    if problem := other_package(pin, filename):
        raise problem
    return Wheel(
        name=pin.name,
        version=pin.version or filename.split("-")[1],
        filename=filename,
        sha256=stored.sha256,
        path=stored.path,
        warnings=warnings,
    )
