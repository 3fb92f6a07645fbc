"""The indices of a mirror: fetched, their signatures and digests checked, and read once."""

from collections.abc import Iterator
from datetime import datetime
from typing import get_args

from sparkferry.base.cache import Cache
from sparkferry.errors import ExternalError
from sparkferry.image.debian.fetch import fetch_files, fetch_text
from sparkferry.image.debian.index import Index, Package, read_index, remembered
from sparkferry.image.debian.model import Architecture, ArchiveName, Mirror, Suite
from sparkferry.image.debian.release import IndexFile, checked_release, index_file
from sparkferry.image.debian.signature import signed_text
from sparkferry.layers.model import Artifact
from sparkferry.progress import Progress

_ENDINGS: dict[ArchiveName, str] = {"main": "", "updates": "-updates", "security": "-security"}


class Archives:
    """The archives of a mirror as they are ``now``; indices are kept in the cache."""

    def __init__(self, mirror: Mirror, cache: Cache, progress: Progress, now: datetime) -> None:
        self._mirror, self._cache, self._progress, self._now = mirror, cache, progress, now

    def indices(self, suite: Suite, architecture: Architecture) -> tuple[Index, ...]:
        """Return what each archive of the suite offers.

        :raises ExternalError: the mirror is out of reach, not to be trusted, or has expired.
        """
        return tuple(self._indices(suite, architecture))

    def _indices(self, suite: Suite, architecture: Architecture) -> Iterator[Index]:
        for archive in get_args(ArchiveName):
            address = self._mirror.address(archive)
            if address is None:
                self._progress.message(f"warning: no mirror of Debian's {archive} archive is known")
                continue
            packages = self._packages(address, f"{suite}{_ENDINGS[archive]}", architecture)
            yield Index(archive=archive, packages=packages)

    def _packages(self, address: str, name: str, architecture: str) -> tuple[Package, ...]:
        directory = f"{address}/dists/{name}"
        document = fetch_text(f"{directory}/InRelease")
        text = signed_text(document, self._mirror.keyrings, f"{name}/InRelease")
        release = checked_release(text, name, self._now)
        path = f"main/binary-{architecture}/Packages.xz"
        found = index_file(release, path)
        if found is None:
            raise ExternalError(
                f"could not use the release `{name}`: it has no `{path}` with a SHA-256",
                hint="the mirror does not have this architecture: set another `mirror`",
            )
        return remembered(found.sha256, self._cache) or self._read(directory, found)

    def _read(self, directory: str, found: IndexFile) -> tuple[Package, ...]:
        artifact = Artifact(
            name="Packages.xz",
            url=f"{directory}/{found.place}",
            sha256=found.sha256,
            size=found.size,
        )
        (path,) = fetch_files((artifact,), self._cache, self._progress)
        return read_index(path, found.sha256, self._cache)
