"""What the archives of a suite offer together: the newest of each package, and who provides what."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

import msgspec

from sparkferry.image.debian.index import Index, Package
from sparkferry.image.debian.model import Architecture, ArchiveName, Locked
from sparkferry.image.debian.relation import Relation, parse_relations, provides_for
from sparkferry.image.debian.version import version_key

_PRIORITIES = ("required", "important", "standard", "optional", "extra")


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """A package and the archive that has it."""

    package: Package
    archive: ArchiveName

    @property
    def locked(self) -> Locked:
        """The package as a lock names it."""
        package = self.package
        return Locked(
            name=package.name,
            version=package.version,
            architecture=package.architecture,
            sha256=package.sha256,
            size=package.size,
            path=package.path,
            archive=self.archive,
            provides=package.provides,
        )


class PackageIndex:
    """The newest version of each package in the indices; a package of several archives counts once."""

    def __init__(self, indices: Iterable[Index], architecture: Architecture) -> None:
        self.architecture = architecture
        self.newest: dict[str, Offer] = {}
        for index in indices:
            for package in index.packages:
                self._add(Offer(package=package, archive=index.archive))
        self._providers = self._find_providers()

    def choose(self, wanted: Relation) -> Offer | None:
        """Return the package that will do for ``wanted``: of that name, else one that provides it.

        Of several providers, the one of the highest priority, then the first by name.
        """
        if not wanted.fits(self.architecture):
            return None
        found = self.newest.get(wanted.name)
        if found and wanted.accepts(found.package.version):
            return found
        providers = (self.newest[name] for name in self._providers.get(wanted.name, ()))
        fitting = [item for item in providers if provides_for(wanted, item.package.provides)]
        return min(fitting, key=_rank, default=None)

    def _add(self, offer: Offer) -> None:
        if offer.package.architecture not in {"all", self.architecture}:
            return
        known = self.newest.get(offer.package.name)
        if known is None or _is_newer(offer.package, known.package):
            self.newest[offer.package.name] = offer

    def _find_providers(self) -> dict[str, list[str]]:
        found = defaultdict(list)
        for name, virtual in self._provided():
            found[virtual].append(name)
        return found

    def _provided(self) -> Iterator[tuple[str, str]]:
        for name, offer in self.newest.items():
            if offer.package.provides:
                for (relation,) in parse_relations(offer.package.provides):
                    yield name, relation.name


def _is_newer(package: Package, known: Package) -> bool:
    if package.version == known.version:
        return False
    return version_key(package.version) > version_key(known.version)


def _rank(offer: Offer) -> tuple[int, str]:
    priority = offer.package.priority
    known = _PRIORITIES.index(priority) if priority in _PRIORITIES else len(_PRIORITIES)
    return known, offer.package.name
