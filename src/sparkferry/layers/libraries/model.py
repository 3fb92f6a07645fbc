"""Programs and shared libraries that ship, and what they find where they run, as values."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Protocol

import msgspec

from sparkferry.base.elf import Elf, glibc_version

Version = tuple[int, ...]
"""The numbers of a version, as ``(2, 36)``."""


class Binary(msgspec.Struct, frozen=True, kw_only=True):
    """A program or a shared library."""

    path: str
    """Relative to its layer, or absolute in an image."""
    elf: Elf

    @property
    def search(self) -> tuple[str, ...]:
        """The absolute directories of its own search path."""
        origin = self.path.rpartition("/")[0]
        places = (
            x.replace("$ORIGIN", origin).replace("${ORIGIN}", origin) for x in self.elf.search
        )
        return tuple(x.rstrip("/") for x in places if x.startswith("/"))


class PackageLibraries(msgspec.Struct, frozen=True, kw_only=True):
    """The programs and shared libraries of one package."""

    package: str
    """Name, normalised after PEP 503; empty for what belongs to no package."""
    version: str
    binaries: tuple[Binary, ...]
    damaged: tuple[str, ...] = ()
    """Paths of files that begin like an ELF file and cannot be read as one."""

    @property
    def title(self) -> str:
        """Name and version, for messages."""
        return f"{self.package} {self.version}".strip()


class Place(Protocol):
    """Where programs and shared libraries run."""

    @property
    def newest(self) -> Mapping[str, Version]:
        """Newest version of symbols by their prefix, such as ``GLIBC``; without what is not known."""
        ...

    def has(self, library: str, search: tuple[str, ...]) -> bool:
        """Whether the loader finds ``library``, a name or an absolute path, there.

        ``search`` are the absolute directories in which it looks beside its own.
        """
        ...


class Missing(msgspec.Struct, frozen=True, kw_only=True):
    """A library, or a version of its symbols, that a package needs and the place does not have."""

    package: str
    """Title of the package."""
    files: tuple[str, ...]
    """Paths of the files that need it; at least one, sorted."""
    library: str
    version: str = ""
    """The version of symbols, such as ``GLIBC_2.38``; empty where the library itself is missing."""
    has: str = ""
    """The newest version that the place has."""


_VERSIONED = re.compile(r"([A-Z]+)_(\d+(?:\.\d+)*)")


@lru_cache(1024)
def newest_of(names: tuple[str, ...]) -> Mapping[str, Version]:
    """Return the newest of the versions by their prefix; names without a number are left out."""
    newest: dict[str, Version] = {}
    for name in names:
        prefix, version = _parsed(name)
        if version:
            newest[prefix] = max(version, newest.get(prefix, ()))
    return newest


def dotted(version: Version) -> str:
    """Return the version as text, as ``2.36``."""
    return ".".join(map(str, version))


def _parsed(name: str) -> tuple[str, Version]:
    if name.startswith("GLIBC_"):
        return "GLIBC", glibc_version(name)
    found = _VERSIONED.fullmatch(name)
    return (found[1], tuple(map(int, found[2].split(".")))) if found else ("", ())
