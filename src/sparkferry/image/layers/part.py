"""Parts of a layer: what they hold, checked, and the gzip members of it.

Directories stand apart: a layer has each of them once, in front, whatever number of parts it is made
of. Nothing can lead out of the image, hide a file of a lower layer, or stand there twice.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO

import msgspec

from sparkferry.errors import UserError, WorldError
from sparkferry.files import CHUNK
from sparkferry.image.entry import Entry
from sparkferry.image.layers.tar import header, padding
from sparkferry.layers.gzip import members
from sparkferry.layers.packages.zip_read import parents

_WHITEOUT = ".wh."
"""Begin of names that remove files of lower layers (OCI image specification, layers)."""


class Directory(msgspec.Struct, frozen=True, array_like=True):
    """A directory of a layer."""

    path: str
    mode: int = 0o755
    uid: int = 0
    gid: int = 0


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a layer: tar entries, without the directories and the end of an archive."""

    directories: tuple[Directory, ...]
    """Those with a mode and owner of their own; parents that are not here are root's, with 0755."""
    names: tuple[str, ...]
    """Paths of everything else, in the order of the archive."""
    members: Callable[[], Iterator[bytes]]
    """The gzip members of it, in pieces of any size."""


def part(entries: Iterable[Entry]) -> Part:
    """Return the part with these entries, in their order.

    :raises UserError: an entry's path leads out of the image, is taken, or a hard link leads nowhere.
    """
    every = tuple(entries)
    files = tuple(entry for entry in every if entry.kind != "directory")
    _check_names(every)
    _check_links(files)
    return Part(
        directories=tuple(
            Directory(entry.path, entry.mode, entry.uid, entry.gid)
            for entry in every
            if entry.kind == "directory"
        ),
        names=tuple(entry.path for entry in files),
        members=lambda: members(_archive(files)),
    )


def directories(parts: Sequence[Part]) -> tuple[Directory, ...]:
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


def _check_names(entries: Sequence[Entry]) -> None:
    seen = set[str]()
    for entry in entries:
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
        if entry.path in seen:
            raise _taken(entry.path)
        seen.add(entry.path)


def _check_links(files: Sequence[Entry]) -> None:
    before = set[str]()
    for entry in files:
        if entry.kind == "hardlink" and entry.target not in before:
            raise UserError(
                f"could not write `{entry.path}` into a layer: no file `{entry.target}` stands before "
                "this hard link to it",
                hint="let the file come first, and in the same package",
            )
        if entry.kind in {"file", "hardlink"}:
            before.add(entry.path)


def _taken(path: str) -> UserError:
    return UserError(
        f"could not write `{path}` into a layer: two entries have this path",
        hint="leave one of the two out",
    )


def _archive(files: Iterable[Entry]) -> Iterator[bytes]:
    for entry in files:
        if entry.kind != "file":
            yield header(entry)
        elif isinstance(entry.content, bytes):
            size = len(entry.content)
            yield header(entry, size) + entry.content + padding(size)
        else:
            yield from _file(entry, entry.content)


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
            raise WorldError(
                f"could not read `{path}`: it became shorter meanwhile",
                hint="run the command again",
            )
        size -= len(data)
        yield data
