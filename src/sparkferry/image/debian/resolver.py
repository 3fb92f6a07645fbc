"""The packages that a wish needs: seeds, and what they depend on, against what the base has.

``Depends`` and ``Pre-Depends`` are followed, ``Recommends`` are not. Where a package names
alternatives, one that is there anyway serves; else the first that can be had. So alternatives are
decided last. Packages that are ``Essential`` are not added by themselves: an image is not a system
that packages are installed on.
"""

from collections.abc import Iterable, Iterator
from difflib import get_close_matches

from sparkferry.errors import UserError
from sparkferry.image.debian.ignored_depends import reason_of_cut
from sparkferry.image.debian.index import Index
from sparkferry.image.debian.model import DebianLock, Installed, PackageRequest
from sparkferry.image.debian.package_index import Offer, PackageIndex
from sparkferry.image.debian.relation import (
    Group,
    Relation,
    parse_relations,
    provides_for,
    text_of,
)


def resolve(wish: PackageRequest, indices: Iterable[Index]) -> DebianLock:
    """Return the packages for ``wish``: the newest of each, none that the base has.

    :raises UserError: there is no such package, or packages do not go together.
    """
    closure = _Closure(wish, PackageIndex(indices, wish.architecture))
    closure.run()
    closure.check_conflicts()
    return DebianLock(
        suite=wish.suite,
        architecture=wish.architecture,
        seeds=tuple(sorted(set(wish.seeds))),
        packages=tuple(offer.locked for offer in closure.in_order()),
    )


class _Closure:
    def __init__(self, wish: PackageRequest, offers: PackageIndex) -> None:
        self.wish, self.offers = wish, offers
        self.installed = {item.name: item for item in wish.installed}
        self.selected: dict[str, Offer] = {}

    def run(self) -> None:
        waiting = [(self._seed(name), "") for name in sorted(set(self.wish.seeds))]
        choices: list[tuple[Group, str]] = []
        while waiting or choices:
            group, dependent = waiting.pop(0) if waiting else choices.pop(0)
            if self._satisfier(group):
                continue
            if len(group) > 1 and waiting:
                choices.append((group, dependent))
                continue
            offer = self._choose(group, dependent)
            self.selected[offer.package.name] = offer
            waiting.extend((needed, offer.package.name) for needed in self._needs(offer))

    def in_order(self) -> Iterator[Offer]:
        """Yield the selected, each after its dependencies; cycles are cut where they are met."""
        done: dict[str, None] = {}
        for name in sorted(self.selected):
            self._visit(name, done, set())
        return (self.selected[name] for name in done)

    def check_conflicts(self) -> None:
        for name, offer in sorted(self.selected.items()):
            for group in parse_relations(offer.package.conflicts):
                other = self._satisfier(group, without=name)
                if other:
                    raise UserError(
                        f"could not put `{name}` into the image: it does not go together with "
                        f"`{other}` ({text_of(group)})",
                        hint="leave one of the two out",
                    )

    def _seed(self, name: str) -> Group:
        if name not in self.installed and self.offers.choose(Relation(name=name)) is None:
            close = get_close_matches(name, self.offers.newest, 1)
            near = f"the nearest name is `{close[0]}`" if close else "look it up on a Debian system"
            raise UserError(
                f"could not find the package `{name}`: Debian's {self.wish.suite} has none of this "
                f"name for {self.wish.architecture}",
                hint=near,
            )
        return (Relation(name=name),)

    def _choose(self, group: Group, dependent: str) -> Offer:
        for relation in group:
            offer = self.offers.choose(relation)
            if offer:
                return offer
        raise UserError(
            f"could not put `{dependent}` into the image: it depends on `{text_of(group)}`, and no "
            f"package of {self.wish.suite} for {self.wish.architecture} will do",
            hint="leave it out, or take another base",
        )

    def _needs(self, offer: Offer) -> Iterator[Group]:
        for group in parse_relations(offer.package.depends):
            cut = any(reason_of_cut(offer.package.name, relation.name) for relation in group)
            if not cut:
                yield group

    def _satisfier(self, group: Group, without: str = "") -> str | None:
        """Return the name of a package that is there and will do for one of ``group``."""
        for relation in group:
            if relation.fits(self.wish.architecture):
                for name, version, provides in self._present(relation.name):
                    will_do = name == relation.name and relation.accepts(version)
                    if name != without and (will_do or provides_for(relation, provides)):
                        return name
        return None

    def _present(self, name: str) -> Iterator[tuple[str, str, str]]:
        """Yield name, version and ``Provides`` of what is there and may be or provide ``name``."""
        for offer in self.selected.values():
            package = offer.package
            if package.name == name or name in package.provides:
                yield package.name, package.version, package.provides
        for item in self._kept():
            if item.name == name or name in item.provides:
                yield item.name, item.version, item.provides

    def _kept(self) -> Iterator[Installed]:
        return (item for name, item in self.installed.items() if name not in self.selected)

    def _visit(self, name: str, done: dict[str, None], path: set[str]) -> None:
        if name in done or name in path:
            return
        path.add(name)
        for group in self._needs(self.selected[name]):
            found = self._satisfier(group)
            if found is not None and found in self.selected:
                self._visit(found, done, path)
        done[name] = None
