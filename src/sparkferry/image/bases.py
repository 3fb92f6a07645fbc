"""What an image is made upon: nothing but Debian packages, or an image of a registry."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from sparkferry.base.cache import Cache
from sparkferry.base.platforms import Platform
from sparkferry.errors import UserError
from sparkferry.image.debian.model import Installed, Suite
from sparkferry.image.examine.model import Config
from sparkferry.image.kinds.spark import JAVA_OF_SUITE
from sparkferry.image.lock import ImageLock
from sparkferry.image.model import ImageLayer
from sparkferry.image.registry.client import Registries
from sparkferry.image.registry.reference import parse
from sparkferry.progress import Progress
from sparkferry.project.image_rules import DEBIAN_BASES

if TYPE_CHECKING:
    from sparkferry.image.registry.pull import Pulled
    from sparkferry.image.rootfs.model import RootFs
    from sparkferry.image.rootfs.union import Opener

_FORMAT = 2
"""Raised whenever the same image gives other facts."""

_STATUS = "var/lib/dpkg/status"
_STATUS_FILES = "var/lib/dpkg/status.d/"
"""Where images without dpkg keep the same, a file for each package."""

_RELEASE = "etc/os-release"
_KEPT = frozenset({_RELEASE, "usr/lib/os-release"})
_LARGEST = 16 << 20
"""Bytes of a file that are read; dpkg's status of a full desktop has 5 MB."""


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of an image's inside; remembered by its digest."""

    suite: str
    installed: tuple[Installed, ...]
    files: dict[str, bytes]
    """Content of its files that the configuration of Debian packages continues, by path."""
    libraries: tuple[str, ...]
    """Paths of its shared libraries."""


class Base(msgspec.Struct, frozen=True, kw_only=True):
    """What an image for one platform is made upon."""

    suite: Suite
    layers: tuple[ImageLayer, ...] = ()
    installed: tuple[Installed, ...] = ()
    files: dict[str, bytes] = {}
    """Content of its files that the configuration of Debian packages continues, by path."""
    libraries: tuple[str, ...] = ()
    """Paths of its shared libraries, links among them."""
    env: Mapping[str, str] = {}
    labels: Mapping[str, str] = {}


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """Where a base is looked for."""

    registries: Registries
    cache: Cache
    progress: Progress


def find_base(
    written: str, platform: Platform, lock: ImageLock, source: Source
) -> tuple[Base, ImageLock]:
    """Return the base that the settings name, and the lock with its digest in it.

    :raises UserError: it is not Debian, not one that we know, or not for the platform.
    :raises ExternalError: the registry does not have it, or stays out of reach.
    """
    if written in DEBIAN_BASES:
        return Base(suite=_suite(written, written.partition(":")[2])), lock
    from sparkferry.image.registry.pull import pull

    locked = lock.base(written)
    reference = parse(written)
    if locked and not reference.digest:
        reference = msgspec.structs.replace(reference, digest=locked)
    pulled = pull(reference, platform, source.registries, source.cache)
    facts = source.cache.memo(
        f"image base {_FORMAT} {pulled.descriptor.digest}", Facts, lambda: _facts(pulled, source)
    )
    return _base(written, pulled, facts), lock.with_base(written, pulled.reference.digest)


def _base(written: str, pulled: "Pulled", facts: Facts) -> Base:
    config = msgspec.json.decode(pulled.config, type=Config).config
    # The digest is told, but not the tag: it may mean another image by now.
    named = msgspec.structs.replace(pulled.reference, tag="")
    return Base(
        suite=_suite(written, facts.suite),
        layers=pulled.layers,
        installed=facts.installed,
        files=facts.files,
        libraries=facts.libraries,
        env=config.environ,
        labels={
            **(config.labels or {}),
            "org.opencontainers.image.base.digest": pulled.reference.digest,
            "org.opencontainers.image.base.name": str(msgspec.structs.replace(named, digest="")),
        },
    )


def _suite(written: str, found: str) -> Suite:
    for suite in JAVA_OF_SUITE:
        if suite == found:
            return suite
    known = ", ".join(JAVA_OF_SUITE)
    raise UserError(
        f"could not build upon `{written}`: it is {f'Debian {found}' if found else 'not Debian'}",
        hint=f"use an image of Debian's {known}, or one of `{'`, `'.join(DEBIAN_BASES)}`",
    )


def _facts(pulled: "Pulled", source: Source) -> Facts:
    from sparkferry.image.debian.configure.unpacked import is_wanted_of_base
    from sparkferry.image.registry.pull import fetch_layer
    from sparkferry.image.rootfs.union import read_rootfs

    layers = [
        fetch_layer(layer, source.registries, source.cache, source.progress)
        for layer in pulled.layers
    ]
    paths = [layer.source for layer in layers if isinstance(layer.source, Path)]
    root = read_rootfs([_opener(path) for path in paths], _kept)
    return Facts(
        suite=_codename(root.text(_RELEASE)),
        installed=tuple(_installed(root)),
        files={path: data for path, data in root.contents.items() if is_wanted_of_base(path)},
        libraries=tuple(path for path in root.nodes if ".so" in path.rpartition("/")[2]),
    )


def _opener(path: Path) -> "Opener":
    return lambda: path.open("rb")


def _kept(path: str, size: int) -> int:
    from sparkferry.image.debian.configure.unpacked import is_wanted_of_base

    wanted = path in _KEPT or is_wanted_of_base(path)
    return size if wanted and size <= _LARGEST else 0


def _codename(release: str) -> str:
    """Return Debian's codename in the text of ``/etc/os-release`` (os-release(5)), or nothing."""
    lines = (line.partition("=") for line in release.splitlines())
    fields = {name: value.strip("\"'") for name, _, value in lines}
    return fields.get("VERSION_CODENAME", "") if fields.get("ID") == "debian" else ""


def _installed(root: "RootFs") -> Iterator[Installed]:
    from sparkferry.image.debian.control import stanzas

    files = sorted(path for path in root.contents if path.startswith(_STATUS_FILES))
    text = "\n\n".join(
        root.text(path) for path in (_STATUS, *files) if not path.endswith(".md5sums")
    )
    for stanza in stanzas(text):
        if stanza.get("status", "install ok installed").endswith(" installed"):
            yield Installed(
                name=stanza["package"],
                version=stanza["version"],
                architecture=stanza["architecture"],
                provides=stanza.get("provides", ""),
            )
