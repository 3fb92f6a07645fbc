"""The files of a Debian package as entries of an image."""

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from sparkferry.image.debian.deb import opened
from sparkferry.image.debian.paths import clean, is_left_out, merged
from sparkferry.image.entry import Entry

if TYPE_CHECKING:
    from tarfile import TarFile, TarInfo


def read_entries(path: Path) -> Iterator[Entry]:
    """Yield everything that the package ``path`` puts into an image, in the archive's order.

    Directories come as often as the archive has them. A hard link to a file that is left out
    becomes a file itself. Contents are in memory, one at a time.

    :raises ExternalError: the package is damaged, has paths that lead out, or devices.
    """
    with opened(path, "data") as archive:
        left_out: dict[str, str] = {}  # and where the content of each is
        for member in archive:
            entry = _entry(member)
            if entry is None:
                continue
            if is_left_out(entry.path):
                left_out[entry.path] = _source(entry, left_out)
            elif entry.kind == "hardlink" and entry.target in left_out:
                content = _content_of(path, left_out[entry.target])
                yield replace(entry, kind="file", target="", content=content)
            else:
                yield replace(entry, content=_content(archive, member)) if member.isreg() else entry


def entries_of(path: Path, without: AbstractSet[str] = frozenset()) -> Iterator[Entry]:
    """Yield the files and links of the package ``path`` but those of ``without``: one piece of a layer.

    Directories are not among them: packages share them, and a layer must name each path once.

    :raises ExternalError: as :func:`read_entries`.
    """
    for entry in read_entries(path):
        if entry.kind != "directory" and entry.path not in without:
            yield entry


def _entry(member: "TarInfo") -> Entry | None:
    """Return the member without its content; None for the root."""
    path = merged(clean(member.name), directory=member.isdir())
    if not path:
        return None
    entry = Entry(path=path, mode=member.mode & 0o7777, uid=member.uid, gid=member.gid)
    if member.isdir():
        return replace(entry, kind="directory")
    if member.issym():
        return replace(entry, kind="symlink", target=member.linkname)
    if member.islnk():
        return replace(entry, kind="hardlink", target=merged(clean(member.linkname)))
    if not member.isreg():
        raise ValueError(f"`{path}` is neither a file nor a directory nor a link")
    return entry


def _source(entry: Entry, left_out: Mapping[str, str]) -> str:
    """Return the path of the file that has the content of the entry, which is left out."""
    return left_out.get(entry.target, entry.target) if entry.kind == "hardlink" else entry.path


def _content(archive: "TarFile", member: "TarInfo") -> bytes:
    stream = archive.extractfile(member)
    return stream.read() if stream else b""


def _content_of(path: Path, wanted: str) -> bytes:
    """Return the content of the file ``wanted``, which a link leads back to."""
    with opened(path, "data") as archive:
        for member in archive:
            if member.isreg() and merged(clean(member.name)) == wanted:
                return _content(archive, member)
        raise ValueError(f"a link leads to `{wanted}`, which is not there")
