"""Pieces: parts of layers that are compressed once and kept in the cache, such as a Debian package."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import msgspec

from sparkferry.base.cache import Cache
from sparkferry.base.gzip import Sink, inflated, members, version
from sparkferry.files import CHUNK
from sparkferry.image.entry import Entry
from sparkferry.image.layers.tar_part import Directory, Listing, TarPart, archive

_FILE = "piece.gz"


class _Made(msgspec.Struct, frozen=True, kw_only=True):
    """A memo: the piece of a key."""

    sha256: str
    directories: tuple[Directory, ...]
    names: tuple[str, ...]


def compressed_part(key: str, entries: Callable[[], Iterable[Entry]], cache: Cache) -> TarPart:
    """Return the part with these entries, compressed now unless it was before.

    ``key`` says everything that the entries depend on, and a version of the code that makes them.

    :raises UserError: an entry's path leads out of the image, is taken, or a hard link leads nowhere.
    :raises ExternalError: the cache cannot be written.
    """
    full = f"image piece {version()} {key}"
    made = cache.recall(full, _Made)
    found = cache.find_file("blobs", made.sha256) if made else None
    if made is None or found is None:
        listing = Listing()
        # One entry at a time is in memory: a package may be as large as a Java.
        data = members(archive(listing.files(entries())))
        found = cache.add_file("blobs", _FILE, lambda path: _write(path, data))
        made = _Made(
            sha256=found.sha256,
            directories=tuple(listing.directories),
            names=tuple(listing.names),
        )
        cache.remember(full, made)
    place = found.path
    return TarPart(
        directories=made.directories, names=made.names, members=lambda feed: _read(place, feed)
    )


def _write(path: Path, members: Iterable[bytes | memoryview]) -> str:
    digest = hashlib.sha256()
    with path.open("wb") as stream:
        for data in members:
            digest.update(data)
            stream.write(data)
    return digest.hexdigest()


def _read(path: Path, feed: Sink) -> Iterator[bytes]:
    for content in inflated(path):
        feed(content)
    with path.open("rb") as stream:
        yield from iter(lambda: stream.read(CHUNK), b"")
