"""Parts of a layer: what they hold, checked, and the gzip members of it.

Directories stand apart: a layer has each of them once, in front, whatever number of parts it is made
of. Nothing can lead out of the image, hide a file of a lower layer, or stand there twice.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO

import msgspec

from sparkferry.base.gzip import Sink, members
from sparkferry.errors import ExternalError, UserError
from sparkferry.files import CHUNK
from sparkferry.image.entry import Entry
from sparkferry.image.layers.tar import header, padding
from sparkferry.layers.packages.zip_names import parents

_WHITEOUT = ".wh."
"""Begin of names that remove files of lower layers (OCI image specification, layers)."""


class Directory(msgspec.Struct, frozen=True, array_like=True):
    """A directory of a layer."""

    path: str
    mode: int = 0o755
    uid: int = 0
    gid: int = 0


class TarPart(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a layer: tar entries, without the directories and the end of an archive."""

    directories: tuple[Directory, ...]
    """Those with a mode and owner of their own; parents that are not here are root's, with 0755."""
    names: tuple[str, ...]
    """Paths of everything else, in the order of the archive."""
    members: Callable[[Sink], Iterator[bytes | memoryview]]
    """Yields the gzip members of it, in pieces of any size, and feeds what they hold."""


def tar_part(entries: Iterable[Entry]) -> TarPart:
    """Return the part with these entries, in their order.

    :raises UserError: an entry's path leads out of the image, is taken, or a hard link leads nowhere.
    """
    listing = Listing()
    files = tuple(listing.files(entries))
    return TarPart(
        directories=tuple(listing.directories),
        names=tuple(listing.names),
        members=lambda feed: members(archive(files), feed),
    )


class Listing:
    """What passed through: directories, and names of everything else; each entry is checked."""

    def __init__(self) -> None:
        self.directories: list[Directory] = []
        self.names: list[str] = []
        self._seen = set[str]()
        self._linkable = set[str]()

    def files(self, entries: Iterable[Entry]) -> Iterator[Entry]:
        """Yield the entries but directories.

        :raises UserError: as :func:`tar_part`.
        """
        for entry in entries:
            self._check(entry)
            if entry.kind == "directory":
                self.directories.append(Directory(entry.path, entry.mode, entry.uid, entry.gid))
            else:
                self.names.append(entry.path)
                yield entry

    def _check(self, entry: Entry) -> None:
        _check_name(entry)
        if entry.path in self._seen:
            raise _taken(entry.path)
        self._seen.add(entry.path)
        if entry.kind == "hardlink" and entry.target not in self._linkable:
            raise UserError(
                f"could not write `{entry.path}` into a layer: no file `{entry.target}` stands before "
                "this hard link to it",
                hint="let the file come first, and in the same package",
            )
        if entry.kind in {"file", "hardlink"}:
            self._linkable.add(entry.path)


def archive(files: Iterable[Entry]) -> Iterator[bytes]:
    """Yield the tar entries of files and links, in pieces of any size.

    :raises ExternalError: a file cannot be read.
    """
    for entry in files:
        if entry.kind != "file":
            yield header(entry)
        elif isinstance(entry.content, bytes):
            yield header(entry, len(entry.content))
            yield entry.content
            yield padding(len(entry.content))
        else:
            yield from _file(entry, entry.content)


def directories(parts: Sequence[TarPart]) -> tuple[Directory, ...]:
    """Return the directories of a layer of these parts, parents first.

    Of two parts that name a directory the first decides on its mode and owner, as in dpkg.

    :raises UserError: two parts have an entry of one path, or one's file is another's directory.
    """
    known = {
        path: Directory(path) for path in parents(name for item in parts for name in item.names)
    }
    named = [directory for item in parts for directory in item.directories]
    known.update((path, Directory(path)) for path in parents(item.path for item in named))
    known.update((item.path, item) for item in reversed(named))
    seen = set(known)
    for item in parts:
        for name in item.names:
            if name in seen:
                raise _taken(name)
            seen.add(name)
    return tuple(known[path] for path in sorted(known))


def directory_headers(found: Iterable[Directory]) -> bytes:
    """Return the tar headers of the directories."""
    return b"".join(
        header(Entry(path=item.path, kind="directory", mode=item.mode, uid=item.uid, gid=item.gid))
        for item in found
    )


def _check_name(entry: Entry) -> None:
    parts = entry.path.split("/")
    if {"", ".", ".."}.intersection(parts) or "\0" in entry.path + entry.target:
        raise UserError(
            f"could not write {entry.path!r} into a layer: the path leads out of the image",
            hint="paths are relative to the image's root, without `.` and `..`",
        )
    if any(name.startswith(_WHITEOUT) for name in parts):
        raise UserError(
            f"could not write `{entry.path}` into a layer: names that begin with `{_WHITEOUT}` "
            "remove files in container images",
            hint="rename the file",
        )


def _taken(path: str) -> UserError:
    return UserError(
        f"could not write `{path}` into a layer: two entries have this path",
        hint="leave one of the two out",
    )


def _file(entry: Entry, path: Path) -> Iterator[bytes]:
    with path.open("rb") as stream:
        size = path.stat().st_size
        yield header(entry, size)
        yield from _exactly(stream, size, path)
        yield padding(size)


def _exactly(stream: IO[bytes], size: int, path: Path) -> Iterator[bytes]:
    while size:
        data = stream.read(min(CHUNK, size))
        if not data:
            raise ExternalError(
                f"could not read `{path}`: it became shorter meanwhile",
                hint="run the command again",
            )
        size -= len(data)
        yield data
