"""Debian packages of an image as values: where they are, which are wanted, which are locked."""

from pathlib import Path
from typing import Literal

import msgspec

from sparkferry.base.platforms import Platform

Suite = Literal["bookworm", "trixie"]
"""Releases of Debian that an image can be made of, by codename."""

Architecture = Literal["amd64", "arm64"]

ArchiveName = Literal["main", "updates", "security"]
"""The three archives of a release: itself, its updates between point releases, security."""

ARCHITECTURES: dict[Platform, Architecture] = {"linux/amd64": "amd64", "linux/arm64": "arm64"}
TRIPLETS: dict[Architecture, str] = {"amd64": "x86_64-linux-gnu", "arm64": "aarch64-linux-gnu"}
"""Debian's multiarch names, the directories of shared libraries below ``/usr/lib``."""


class Mirror(msgspec.Struct, frozen=True, kw_only=True):
    """Where packages come from. Nothing of it is kept in a lock."""

    main: str
    """Address of the archive that holds ``dists/<suite>`` and ``dists/<suite>-updates``."""
    security: str | None
    """Address of the archive that holds ``dists/<suite>-security``; None where there is none."""
    keyrings: tuple[Path, ...]
    """OpenPGP keyrings, binary or armored, whose keys may sign the archives; at least one."""

    def address(self, archive: ArchiveName) -> str | None:
        """Return the address of one archive, without ``/`` at its end."""
        found = self.security if archive == "security" else self.main
        return found.rstrip("/") if found else None


class Installed(msgspec.Struct, frozen=True, kw_only=True):
    """A package that a base image has already."""

    name: str
    version: str
    architecture: str
    provides: str = ""
    """The field ``Provides``, as written."""


class PackageRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What an image needs of Debian: the input of a resolution."""

    suite: Suite
    architecture: Architecture
    seeds: tuple[str, ...]
    """Names of the packages that are wanted themselves."""
    installed: tuple[Installed, ...] = ()
    """What the base image has; nothing where the base is made of packages."""


class Locked(msgspec.Struct, frozen=True, kw_only=True):
    """One package of a lock."""

    name: str
    version: str
    architecture: str
    """The image's, or ``all``."""
    sha256: str
    """Of the .deb, in hexadecimal."""
    size: int
    """Of the .deb, in bytes."""
    path: str
    """Of the .deb, relative to the archive's address."""
    archive: ArchiveName
    provides: str = ""
    """The field ``Provides``, as written: packages are resolved upon those of a lock, too."""

    @property
    def file(self) -> str:
        """The file name of the .deb."""
        return self.path.rpartition("/")[2]


class DebianLock(msgspec.Struct, frozen=True, kw_only=True):
    """The packages of an image for one architecture: the same lock gives the same bytes."""

    suite: Suite
    architecture: Architecture
    seeds: tuple[str, ...]
    """What was asked for, sorted: another wish needs another resolution."""
    packages: tuple[Locked, ...]
    """Each after those that it depends on, as far as they do not depend on each other."""
