"""What a built wheel is held against: the name and version that the lock gives."""

import os
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sparkferry.base.cache import Cache
from sparkferry.errors import Diagnostic, ExternalError, UserError
from sparkferry.layers.locks.lock import Lock
from sparkferry.layers.locks.locked import locked_version
from sparkferry.layers.locks.pins import without_login
from sparkferry.layers.model import Pin, Selection
from sparkferry.layers.wheels.named import other_package, title
from sparkferry.layers.wheels.sources import Source
from sparkferry.layers.wheels.versions import is_fallback, is_same_version, static_version
from sparkferry.snapshot.placeholders import LIMIT, placeholder

_PRETENDED = re.compile(
    r"PRETEND_VERSION|^PDM_BUILD_SCM_VERSION|^PBR_VERSION|_BYPASS$|^VERSIONEER_"
)
"""Variables that give a version in place of Git's tags."""


def unlike_lock(pin: Pin, filename: str, selection: Selection, cache: Cache) -> Diagnostic | None:
    """Return a warning if uv.lock names another version of a local directory than was built.

    uv records a version that setup.py computes, and counts the lock as up to date when it computes
    another. Nothing is refused for it: a version from tags of the repository that holds the lock
    changes with each commit, also with that of the lock.
    """
    name = selection.lock
    local = pin.artifact.path is not None and not pin.artifact.has_digest
    if not local or Path(name).name != "uv.lock":
        return None
    path = Path(selection.root, name)
    lock = Lock(kind="uv", path=path, name=name, sha256=selection.lock_sha256)
    key = f"version of {pin.name} in {lock.sha256}"
    locked = cache.memo(key, str, lambda: locked_version(lock, pin.name) or "")
    version = filename.split("-")[1]
    if not locked or is_same_version(version, locked):
        return None
    message = f"`{pin.name}` was built as version {version}, `{name}` names {locked}"
    hint = f"lock again: `uv lock --refresh-package {pin.name}`; or declare its version as dynamic"
    return Diagnostic("warning", message, hint, name)


def disagreement(pin: Pin, wheel: Path, source: Source) -> UserError | None:
    """Return why the wheel is not the one that the lock names, or None if it is."""
    if other := other_package(pin, wheel.name):
        return other
    version = wheel.name.split("-")[1]
    commit = pin.artifact.vcs[1] if pin.artifact.vcs else None
    if pin.version is None or is_same_version(version, pin.version, commit):
        return None
    place = f" of `{without_login(pin.artifact.vcs[0])}`" if pin.artifact.vcs else ""
    return UserError(
        f"could not use `{title(pin)}`: its source{place} builds as version {version}, not as the "
        f"locked {pin.version}",
        hint=_pretended() or source.remedy,
    )


def doubts(pin: Pin, wheel: Path, source_tree: Path, source: Source) -> tuple[Diagnostic, ...]:
    """Return warnings about a wheel that agrees with the lock.

    :raises UserError: it has pointers in place of files.
    """
    pointers = tuple(find_pointers(wheel))
    if pointers:
        path, kind, remedy = pointers[0]
        more = f", and {len(pointers) - 1} more" if len(pointers) > 1 else ""
        raise UserError(
            f"could not use `{title(pin)}`: `{path}` of the wheel that it becomes is {kind}{more}",
            hint=f"{remedy} in its repository; for a git dependency, install git-lfs here",
        )
    version = wheel.name.split("-")[1]
    if not is_fallback(version) or static_version(source_tree) is not None:
        return ()
    message = (
        f"`{pin.name}` was built as version {version}, the fallback of build backends that find no "
        "tag"
    )
    return (Diagnostic("warning", message, source.remedy),)


@contextmanager
def hinting(source_tree: Path, source: Source) -> Iterator[None]:
    """Add to the failure of a build what its source lacks, if its version is computed."""
    try:
        yield
    except ExternalError as error:
        if "version" not in error.message or static_version(source_tree) is not None:
            raise
        raise ExternalError(error.message, hint=source.remedy) from error


def _pretended() -> str | None:
    found = [name for name in sorted(os.environ) if _PRETENDED.search(name)]
    return f"unset {', '.join(found)}, or lock again with it" if found else None


def find_pointers(wheel: Path) -> Iterator[tuple[str, str, str]]:
    """Yield path, kind and remedy of each file of the wheel that is a placeholder."""
    with zipfile.ZipFile(wheel) as archive:
        for item in archive.infolist():
            found = (
                placeholder(item.filename, archive.read(item)) if item.file_size < LIMIT else None
            )
            if found:
                yield (item.filename, *found)
