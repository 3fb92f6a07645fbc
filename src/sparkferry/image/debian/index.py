"""The packages of an archive: `Packages.xz` as a compact table, read once for each of its digests."""

import re
from collections.abc import Iterator
from pathlib import Path

import msgspec

from sparkferry.base.cache import Cache
from sparkferry.image.debian.model import ArchiveName

_FIELD = re.compile(
    r"^(Package|Version|Architecture|Pre-Depends|Depends|Provides|Conflicts|Breaks|Priority"
    r"|Filename|Size|SHA256): *(.*)$",
    re.MULTILINE,
)

_VERSION = 1
"""Of what is remembered; a change of :class:`Package` changes it."""


class Package(msgspec.Struct, frozen=True, array_like=True):
    """One package that an archive offers; fields as written."""

    name: str
    version: str
    architecture: str
    depends: str
    """``Pre-Depends`` and ``Depends``."""
    provides: str
    conflicts: str
    """``Conflicts`` and ``Breaks``."""
    priority: str
    path: str
    """Relative to the archive's address."""
    size: int
    sha256: str


class Index(msgspec.Struct, frozen=True, kw_only=True):
    """What one archive offers for one architecture."""

    archive: ArchiveName
    packages: tuple[Package, ...]


def remembered(sha256: str, cache: Cache) -> tuple[Package, ...] | None:
    """Return the packages of the `Packages.xz` with this digest, if it was read before."""
    return cache.recall(_key(sha256), tuple[Package, ...])


def read_index(path: Path, sha256: str, cache: Cache) -> tuple[Package, ...]:
    """Read a `Packages.xz`, and remember what it offers."""
    import lzma

    text = lzma.decompress(path.read_bytes()).decode("utf-8", "replace")
    packages = tuple(parse_packages(text))
    cache.remember(_key(sha256), packages)
    return packages


def parse_packages(text: str) -> Iterator[Package]:
    """Yield the packages of a `Packages` file."""
    for stanza in text.split("\n\n"):
        fields = dict(_FIELD.findall(stanza))
        if "Package" in fields:
            yield _package(fields)


def _package(fields: dict[str, str]) -> Package:
    return Package(
        name=fields["Package"],
        version=fields["Version"],
        architecture=fields["Architecture"],
        depends=_joined(fields, "Pre-Depends", "Depends"),
        provides=fields.get("Provides", ""),
        conflicts=_joined(fields, "Conflicts", "Breaks"),
        priority=fields.get("Priority", "optional"),
        path=fields["Filename"],
        size=int(fields["Size"]),
        sha256=fields["SHA256"],
    )


def _joined(fields: dict[str, str], *names: str) -> str:
    return ", ".join(fields[name] for name in names if fields.get(name))


def _key(sha256: str) -> str:
    return f"debian index {_VERSION} {sha256}"
