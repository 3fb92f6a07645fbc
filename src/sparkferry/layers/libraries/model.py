"""Programs and shared libraries that ship, and what they find where they run, as values."""

from collections.abc import Mapping
from typing import Protocol

import msgspec

from sparkferry.base.elf import Elf

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
