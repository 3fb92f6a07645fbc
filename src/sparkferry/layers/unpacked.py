"""Layers unpacked once into the cache, and shared by all runs of this machine.

Runs can write to the shared copy: root may write anywhere, and whoever owns a directory may write into it.
Files are read-only, so that a job of another user than root is stopped when it overwrites one. Whatever
is changed nevertheless is noticed by the stamps of the files, and undone from the layer before the copy
is used again. Directories stay writable for the bytecode of sources that the layer has none for.
"""

import filecmp
import shutil
from collections.abc import Collection, Mapping
from contextlib import suppress
from pathlib import Path
from stat import S_IMODE

from sparkferry.base.cache import Cache
from sparkferry.errors import ExternalError
from sparkferry.layers.model import Layer
from sparkferry.layers.stamps import Stamp, differing, stamps
from sparkferry.layers.unpack import unpack

_WRITABLE = 0o222


def unpacked(layer: Layer, cache: Cache) -> Path:
    """Return the shared directory with the layer's content and nothing else.

    It is unpacked now unless it was before, and what was changed in it since is undone.

    :raises ExternalError: the layer is damaged or dangerous, or the cache cannot be written.
    """

    def fill(directory: Path) -> None:
        unpack(layer, directory)
        _make_read_only(directory)
        cache.remember(_key(layer), stamps(directory))

    place = cache.directory("unpacked", layer.digest, fill)
    if _suspects(place, _known(layer, cache)):
        with cache.lock(f"unpacked/{layer.digest}"):
            _restore(layer, place, cache)
    return place


def written_into(layer: Layer, cache: Cache) -> tuple[str, ...]:
    """Return the files of the shared directory that are not the layer's: added or changed since.

    Where the layer cannot be read, all files that were touched count as changed.

    :raises ExternalError: the cache cannot be written.
    """
    place = cache.find_directory("unpacked", layer.digest)
    suspects = _suspects(place, _known(layer, cache)) if place else ()
    if not place or not suspects:
        return ()
    with cache.scratch() as fresh:
        with suppress(ExternalError, OSError):
            unpack(layer, fresh, suspects)
        files = (name for name in suspects if (place / name).is_file())
        return tuple(sorted(x for x in files if not _has_content_of(place / x, fresh / x)))


def _key(layer: Layer) -> str:
    return f"stamps of unpacked/{layer.digest}"


def _known(layer: Layer, cache: Cache) -> dict[str, Stamp]:
    """Return the stamps of the copy as it was made; nothing where they were lost."""
    return cache.recall(_key(layer), dict[str, Stamp]) or {}


def _suspects(place: Path, known: Mapping[str, Stamp]) -> frozenset[str]:
    """Return the names that have been touched; all of them where nothing is known of the copy."""
    return differing(stamps(place), known)


def _restore(layer: Layer, place: Path, cache: Cache) -> None:
    """Make the copy what the layer is; files that are right stay, since a run may be reading them."""
    known = _known(layer, cache)
    # Another process may have restored it meanwhile.
    suspects = _suspects(place, known)
    with cache.scratch() as fresh:
        # A copy of which nothing is known may lack any file.
        unpack(layer, fresh, suspects if known else None)
        _make_read_only(fresh)
        names = known.keys() | stamps(fresh).keys()
        _replace(fresh, place, suspects)
    cache.remember(_key(layer), {name: at for name, at in stamps(place).items() if name in names})


def _replace(fresh: Path, place: Path, suspects: Collection[str]) -> None:
    """Remove from ``place`` those of ``suspects`` that ``fresh`` lacks, and move the others there."""
    for name in sorted(suspects):
        if not _is_there(fresh / name):
            _remove(place / name)
    for path in sorted(fresh.rglob("*")):
        target = place / path.relative_to(fresh)
        if path.is_dir() and not path.is_symlink():
            if not target.is_dir() or target.is_symlink():
                _remove(target)
                target.mkdir()
        elif not _has_content_of(target, path) or _mode(target) != _mode(path):
            _remove_directory(target)
            path.replace(target)


def _has_content_of(path: Path, other: Path) -> bool:
    """Return whether both are files of one content, or links to one target."""
    if path.is_symlink() or other.is_symlink():
        return path.is_symlink() and other.is_symlink() and path.readlink() == other.readlink()
    return path.is_file() and other.is_file() and filecmp.cmp(path, other, shallow=False)


def _is_there(path: Path) -> bool:
    return path.exists() or path.is_symlink()


def _mode(path: Path) -> int:
    return S_IMODE(path.lstat().st_mode)


def _remove(path: Path) -> None:
    _remove_directory(path)
    path.unlink(missing_ok=True)


def _remove_directory(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)


def _make_read_only(directory: Path) -> None:
    for path in directory.rglob("*"):
        if path.is_file() and not path.is_symlink():
            path.chmod(_mode(path) & ~_WRITABLE)
