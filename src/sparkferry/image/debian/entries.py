"""The files of a Debian package as entries of an image."""

import tarfile
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from pathlib import Path

from msgspec.structs import replace

from sparkferry.image.debian.deb import opened
from sparkferry.image.debian.paths import clean, is_left_out, merged
from sparkferry.image.entry import Entry


def read_entries(path: Path) -> Iterator[Entry]:
    """Yield everything that the package ``path`` puts into an image, in the archive's order.

    Directories come as often as the archive has them. A hard link to a file that is left out
    becomes a file itself. Contents are in memory, one at a time.

    :raises WorldError: the package is damaged, has paths that lead out, or devices.
    """
    with opened(path, "data") as archive:
        left_out: set[str] = set()
        for member in archive:
            entry = _entry(archive, member, left_out)
            if entry is not None and is_left_out(entry.path):
                left_out.add(entry.path)
            elif entry is not None:
                yield entry


def entries_of(path: Path, without: AbstractSet[str] = frozenset()) -> Iterator[Entry]:
    """Yield the files and links of the package ``path`` but those of ``without``: one piece of a layer.

    Directories are not among them: packages share them, and a layer must name each path once.

    :raises WorldError: as :func:`read_entries`.
    """
    for entry in read_entries(path):
        if entry.kind != "directory" and entry.path not in without:
            yield entry


def _entry(
    archive: tarfile.TarFile, member: tarfile.TarInfo, left_out: AbstractSet[str]
) -> Entry | None:
    path = merged(clean(member.name), directory=member.isdir())
    if not path:
        return None
    entry = Entry(path=path, mode=member.mode & 0o7777, uid=member.uid, gid=member.gid)
    if member.isdir():
        return replace(entry, kind="directory")
    if member.issym():
        return replace(entry, kind="symlink", target=member.linkname)
    if member.islnk():
        target = merged(clean(member.linkname))
        if target not in left_out:
            return replace(entry, kind="hardlink", target=target)
    elif not member.isreg():
        raise ValueError(f"`{path}` is neither a file nor a directory nor a link")
    return replace(entry, content=_content(archive, member))


def _content(archive: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    stream = archive.extractfile(member)
    if stream is None:
        raise ValueError(f"`{member.name}` is a link to what is not there")
    return stream.read()
