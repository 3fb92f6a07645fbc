"""The cache: everything that was made or fetched once, named by its content or its inputs.

This module owns every name below the cache's directory::

    layers/<sha256>/<file>      layers, read-only
    wheels/<sha256>/<file>.whl  wheels, read-only
    sources/<sha256>/<file>     source distributions, read-only
    bytecode/<sha256>/<file>    bytecode of wheels, read-only
    debs/<sha256>/<file>        Debian packages and lists of them, read-only
    blobs/<sha256>/<file>       compressed layers of images and their parts, read-only
    unpacked/<key>/…            layers, unpacked
    spark/<version>/…           Spark distributions
    python/<name>/…             interpreters installed by uv
    git/<key>/…                 mirrors of Git repositories that packages are built from
    memo/<sha256>.json          small results, by the digest of their key
    locks/<sha256>              locks between processes
    tmp/<random>/               what is being written; moved into place when it is complete

Files that are named by their digest have a file `.size` beside them: the bytes that they must have.
An entry is there whole or not at all, whenever a process is killed. Nothing is synced to the disk:
after a power failure an entry of the wrong size is found when it is looked up, and made again.
"""

import time
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Literal, TypeVar, get_args

import msgspec

from sparkferry.base.disk import explained, move_into_place, touch
from sparkferry.base.locking import holding, scratch, sweep
from sparkferry.errors import ExternalError
from sparkferry.files import sha256_bytes, sha256_file
from sparkferry.paths import cache_dir

T = TypeVar("T")

FileArea = Literal["layers", "wheels", "sources", "bytecode", "debs", "blobs"]
"""Where an entry is one file, named by its SHA-256."""

TreeArea = Literal["unpacked", "spark", "python", "git"]
"""Where an entry is a directory, named by whatever it was made from."""

Area = Literal[
    "layers",
    "wheels",
    "sources",
    "bytecode",
    "debs",
    "blobs",
    "unpacked",
    "spark",
    "python",
    "git",
    "memo",
]
AREAS: tuple[Area, ...] = get_args(Area)


class Stored(msgspec.Struct, frozen=True, kw_only=True):
    """A file in the cache."""

    sha256: str
    size: int
    """In bytes."""
    path: Path


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that the cache holds, as it is listed and removed."""

    area: Area
    key: str
    """Digest of files and memos, name of directories."""
    path: Path
    size: int
    """In bytes, of all its files."""
    used: float
    """When it was last asked for, in seconds since the epoch."""


class Cache:
    """The cache below ``root``; safe to use from several threads and processes at once."""

    def __init__(self, root: Path | None = None) -> None:
        self.root = root or cache_dir()

    def add_file(
        self,
        area: FileArea,
        name: str,
        write: Callable[[Path], str | None],
        sha256: str | None = None,
    ) -> Stored:
        """Have ``write`` make the file ``name`` at the path it is given, and keep it.

        ``write`` may return the SHA-256 of what it wrote.

        :raises ExternalError: its content is not ``sha256``, or the cache cannot be written.
        """
        with self.scratch() as directory:
            path = directory / "entry" / name
            path.parent.mkdir()
            digest = write(path) or sha256_file(path)
            if sha256 not in {None, digest}:
                raise ExternalError(
                    f"could not verify `{name}`: its SHA-256 is {digest}, not {sha256}",
                    hint="whoever serves the file changed it: lock again, or ask them why",
                )
            path.chmod(0o444)
            (path.parent / ".size").write_text(str(path.stat().st_size))
            return self._settle_file(area, digest, path.parent)

    def find_file(self, area: FileArea, sha256: str) -> Stored | None:
        """Return the file, or None; one of the wrong size is removed and counts as not there."""
        place = self.root / area / sha256
        found = _read_file_entry(place)
        if found is None and place.exists():
            with self.lock(f"mend {area}/{sha256}"):
                found = _read_file_entry(place)
                if found is None:
                    self._remove(place)
        if found:
            touch(place)
        return found

    def directory(self, area: TreeArea, key: str, fill: Callable[[Path], None]) -> Path:
        """Return the directory ``key``, made by ``fill`` in the empty one it is given if need be.

        Of several that want it at once, one fills it and the others wait.

        :raises ExternalError: the cache cannot be written, or its disk is full.
        """
        place = self.root / area / key
        if touch(place):
            return place
        with self.lock(f"{area}/{key}"), self.scratch() as directory:
            if not place.exists():
                made = directory / "entry"
                made.mkdir()
                fill(made)
                move_into_place(made, place)
        return place

    def find_directory(self, area: TreeArea, key: str) -> Path | None:
        """Return the directory ``key``, or None if it was never made."""
        place = self.root / area / key
        return place if touch(place) else None

    def memo(self, key: str, of: type[T], make: Callable[[], T]) -> T:
        """Return the ``of`` that ``make`` returned when it was last called for ``key``, else call it now.

        ``key`` says everything the result depends on. A value that cannot be read is made again.
        """
        value = self.recall(key, of)
        if value is None:
            value = make()
            self.remember(key, value)
        return value

    def recall(self, key: str, of: type[T]) -> T | None:
        """Return what was remembered for ``key``, or None if nothing was or it cannot be read."""
        place = self._memo(key)
        try:
            value = msgspec.json.decode(place.read_bytes(), type=of)
        except (OSError, msgspec.MsgspecError):
            return None
        touch(place)
        return value

    def remember(self, key: str, value: object) -> None:
        """Remember ``value``, which JSON can hold, for ``key``, in place of what was there.

        :raises ExternalError: the cache cannot be written, or its disk is full.
        """
        with self.scratch() as directory:
            made = directory / "memo"
            made.write_bytes(msgspec.json.encode(value))
            place = self._memo(key)
            place.parent.mkdir(exist_ok=True)
            made.replace(place)

    def lock(self, name: str) -> AbstractContextManager[None]:
        """Hold the lock ``name`` among all processes that use this cache; wait for it.

        It ends with the block, or with the process. It cannot be taken twice by one thread.
        """
        return explained(self.root, holding(self.root / "locks" / sha256_bytes(name.encode())))

    def entries(self) -> tuple[Entry, ...]:
        """Return everything that the cache holds, sorted by area and key."""
        return tuple(
            _entry(area, path)
            for area in AREAS
            for path in sorted((self.root / area).glob("*"))
            if path.exists()
        )

    def remove(self, entry: Entry) -> None:
        """Remove an entry at once; who has its files open can still read them."""
        self._remove(entry.path)

    def unused(self, keep: AbstractSet[str], older_than: float) -> tuple[Entry, ...]:
        """Return what was not asked for in ``older_than`` seconds and whose key is not in ``keep``."""
        limit = time.time() - older_than
        return tuple(x for x in self.entries() if x.key not in keep and x.used <= limit)

    def collect(self, keep: AbstractSet[str], older_than: float) -> int:
        """Remove what is :meth:`unused`, and return the bytes freed.

        What dead processes left behind always goes.

        :raises ExternalError: the cache cannot be written.
        """
        unused = self.unused(keep, older_than)
        for entry in unused:
            self.remove(entry)
        with explained(self.root, nullcontext()):
            sweep(self.root / "tmp")
            sweep(self.root / "locks")
        return sum(entry.size for entry in unused)

    def _settle_file(self, area: FileArea, digest: str, made: Path) -> Stored:
        place = self.root / area / digest
        if self.find_file(area, digest) is None:
            move_into_place(made, place)
        found = _read_file_entry(place)
        if found is None:
            raise ExternalError(f"could not keep `{place}`: it changed while it was written")
        return found

    def _remove(self, path: Path) -> None:
        with self.scratch() as directory:
            try:
                path.rename(directory / "removed")
            except FileNotFoundError:
                return

    def _memo(self, key: str) -> Path:
        digest = sha256_bytes(key.encode("utf-8", "surrogateescape"))
        return self.root / "memo" / f"{digest}.json"

    def scratch(self) -> AbstractContextManager[Path]:
        """Yield a new directory on the cache's disk, gone with the block or with the process."""
        return explained(self.root, scratch(self.root / "tmp"))


def _read_file_entry(place: Path) -> Stored | None:
    try:
        expected = int((place / ".size").read_text())
        (path,) = (item for item in place.iterdir() if item.name != ".size")
        size = path.stat().st_size
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return None
    return Stored(sha256=place.name, size=size, path=path) if size == expected else None


def _entry(area: Area, path: Path) -> Entry:
    files = path.rglob("*") if path.is_dir() else (path,)
    return Entry(
        area=area,
        key=path.name.removesuffix(".json") if area == "memo" else path.name,
        path=path,
        size=sum(item.lstat().st_size for item in files if not item.is_dir()),
        used=path.lstat().st_mtime,
    )
