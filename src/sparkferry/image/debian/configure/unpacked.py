"""What the configuration is made of: the packages of an image, and the files of its base."""

from collections.abc import Iterator, Mapping

import msgspec

from sparkferry.image.debian.contents import Contents
from sparkferry.image.debian.model import Architecture
from sparkferry.image.entry import Entry

ROOT_FILES = (
    "etc/passwd",
    "etc/group",
    "etc/shadow",
    "etc/shells",
    "etc/ld.so.cache",
    "etc/ld.so.conf",
    "etc/ssl/certs/ca-certificates.crt",
    "var/lib/dpkg/status",
)
ROOT_DIRECTORIES = ("etc/ld.so.conf.d/", "var/lib/dpkg/status.d/")
"""What of a base image has a part in the configuration."""


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """A user, and the group of the same name, that an image must have."""

    name: str
    uid: int
    gid: int
    """Of the user's group; a group that has this number already is taken."""
    home: str
    """Absolute; made, and given to the user."""
    shell: str = "/bin/bash"
    comment: str = ""


class Unpacked(msgspec.Struct, frozen=True, kw_only=True):
    """Packages that are in the image, above a base."""

    architecture: Architecture
    packages: dict[str, Contents]
    """By name, in the order of the lock."""
    base: dict[str, bytes]
    """Content of the base image's files that :func:`is_wanted_of_base` names; empty without a base."""

    def file(self, path: str) -> bytes | None:
        """Return the content of a file that is kept, of a package or else of the base."""
        for contents in self.packages.values():
            if path in contents.kept:
                return contents.kept[path]
        return self.base.get(path)

    def below(self, prefix: str) -> dict[str, bytes]:
        """Return the files that are kept below ``prefix``, of packages and of the base, by path."""
        sources: list[Mapping[str, bytes]] = [
            self.base,
            *(contents.kept for contents in self.packages.values()),
        ]
        found = {
            path: content
            for files in sources
            for path, content in files.items()
            if path.startswith(prefix)
        }
        return dict(sorted(found.items()))

    def has(self, path: str) -> bool:
        """Tell whether a package has this file or link, so far as packages of the image go."""
        return any(path in contents.files for contents in self.packages.values())


def is_wanted_of_base(path: str) -> bool:
    """Tell whether the configuration continues this file of a base image."""
    return path in ROOT_FILES or path.startswith(ROOT_DIRECTORIES)


def directory(path: str, mode: int = 0o755, gid: int = 0) -> Entry:
    """Return a directory of root's."""
    return Entry(path=path, kind="directory", mode=mode, gid=gid)


def symlink(path: str, target: str) -> Entry:
    """Return a symbolic link."""
    return Entry(path=path, kind="symlink", mode=0o777, target=target)


def lines(content: bytes | None) -> Iterator[str]:
    """Yield the lines of a text file; none where there is no file."""
    yield from (content or b"").decode("utf-8", "surrogateescape").splitlines()


def text(lines_of_it: list[str]) -> bytes:
    """Return the content of a text file with these lines."""
    return "".join(f"{line}\n" for line in lines_of_it).encode("utf-8", "surrogateescape")
