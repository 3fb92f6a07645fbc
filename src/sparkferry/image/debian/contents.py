"""What a Debian package holds, without its files' content: read once, and remembered.

This is all that the configuration of an image asks of its packages.
"""

import re
from pathlib import Path

import msgspec

from sparkferry.base.cache import Cache
from sparkferry.base.elf import read_elf
from sparkferry.image.debian.control import Stanza, stanza_of
from sparkferry.image.debian.deb import opened
from sparkferry.image.debian.entries import read_entries
from sparkferry.image.entry import Entry

_VERSION = 1
"""Of what is remembered; a change here or in :mod:`entries` changes it."""

_KEPT = re.compile(
    r"etc/ld\.so\.conf(\.d/[^/]+)?|usr/share/base-passwd/[^/]+\.master|usr/share/base-files/[^/]+"
    r"|usr/share/libc-bin/nsswitch\.conf|usr/share/ca-certificates/.+\.crt|usr/lib/jvm/\.[^/]+\.jinfo"
    r"|usr/share/debianutils/shells(\.d/[^/]+)?"
)
"""Files that the configuration is made of."""

_LIBRARY = re.compile(r"(?:lib|ld-)[^/]*\.so(?:\.[^/]*)?")
"""Names that ldconfig looks at."""


class Directory(msgspec.Struct, frozen=True, array_like=True):
    """A directory of a package."""

    path: str
    mode: int
    uid: int
    gid: int


class Contents(msgspec.Struct, frozen=True, kw_only=True):
    """What a package holds. Paths are relative to the image's root, on a merged system."""

    control: str
    """The stanza of the control file."""
    scripts: dict[str, str]
    """Text of the maintainer scripts by name: ``preinst``, ``postinst``."""
    md5sums: str
    """As the package states them, of all of its files but configuration."""
    directories: tuple[Directory, ...]
    files: tuple[str, ...]
    """Files and links."""
    links: dict[str, str]
    """Targets of symbolic links, as written."""
    libraries: dict[str, str]
    """SONAME of shared libraries, empty where one has none, by path."""
    kept: dict[str, bytes]
    """Content of the files that the configuration is made of."""
    size: int
    """Of the files, in bytes."""

    @property
    def fields(self) -> Stanza:
        """The fields of the control file."""
        return stanza_of(self.control)


def contents_of(path: Path, sha256: str, cache: Cache) -> Contents:
    """Return what the package ``path`` with this digest holds; read once for each digest.

    :raises ExternalError: the package is damaged or dangerous.
    """
    key = f"debian contents {_VERSION} {sha256}"
    return cache.memo(key, Contents, lambda: read_contents(path))


def read_contents(path: Path) -> Contents:
    """Read what the package ``path`` holds.

    :raises ExternalError: the package is damaged or dangerous.
    """
    control = _read_control(path)
    found = _Collected()
    for entry in read_entries(path):
        found.add(entry)
    return Contents(
        control=control.get("control", ""),
        scripts={name: control[name] for name in ("preinst", "postinst") if name in control},
        md5sums=control.get("md5sums", ""),
        directories=tuple(found.directories),
        files=tuple(found.files),
        links=found.links,
        libraries=found.libraries,
        kept=found.kept,
        size=found.size,
    )


class _Collected:
    def __init__(self) -> None:
        self.directories: list[Directory] = []
        self.files: list[str] = []
        self.links: dict[str, str] = {}
        self.libraries: dict[str, str] = {}
        self.kept: dict[str, bytes] = {}
        self.size = 0

    def add(self, entry: Entry) -> None:
        if entry.kind == "directory":
            self.directories.append(Directory(entry.path, entry.mode, entry.uid, entry.gid))
            return
        self.files.append(entry.path)
        if entry.kind == "symlink":
            self.links[entry.path] = entry.target
        elif entry.kind == "file" and isinstance(entry.content, bytes):
            self._add_content(entry.path, entry.content)

    def _add_content(self, path: str, content: bytes) -> None:
        self.size += len(content)
        if _KEPT.fullmatch(path):
            self.kept[path] = content
        if _LIBRARY.fullmatch(path.rpartition("/")[2]):
            soname = _soname(content)
            if soname is not None:
                self.libraries[path] = soname


def _soname(content: bytes) -> str | None:
    """Return the SONAME of a 64-bit library; None for anything else, as linker scripts."""
    try:
        return read_elf(content).soname
    except ValueError:
        return None


def _read_control(path: Path) -> dict[str, str]:
    with opened(path, "control") as archive:
        found = {}
        for member in archive:
            stream = archive.extractfile(member) if member.isreg() else None
            if stream is not None:
                found[member.name.removeprefix("./")] = stream.read().decode("utf-8", "replace")
        return found
