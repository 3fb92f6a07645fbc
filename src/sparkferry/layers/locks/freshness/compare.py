"""Two lists of requirements compared by what they ask for in every environment.

``alpha>=1`` and ``alpha<3`` ask for the same as ``alpha>=1,<3``: neither uv nor its lock tells them apart.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from sparkferry.layers.locks.freshness.condition import NEVER, Environment, environments, equal
from sparkferry.layers.locks.freshness.versions import Admitted, admitted
from sparkferry.layers.locks.freshness.wanted import Wanted

Difference = tuple[str, Wanted | None, Wanted | None]
"""The name of a package, and a requirement of each side that shows the difference."""

Asked = tuple[frozenset[str], frozenset[tuple[str, ...]], Admitted]
"""What is asked for in one environment: extras, origins and versions."""


def differences(
    asked: Iterable[Wanted], locked: Iterable[Wanted], python: str
) -> Iterator[Difference]:
    """Yield each package that is asked for otherwise than it was locked, for Pythons ``python``."""
    ours, theirs = _by_name(asked), _by_name(locked)
    for name in sorted(ours.keys() | theirs.keys()):
        one, other = ours[name], theirs[name]
        if not _same(one, other, python):
            yield name, *_example(one, other)


def _same(one: list[Wanted], other: list[Wanted], python: str) -> bool:
    sides = [_parted(side) for side in (one, other)]
    (plain, with_extra), (other_plain, other_with_extra) = sides
    everything = [*plain, *other_plain]
    texts = frozenset(text for item in everything for text in item.condition.texts)
    return all(
        _effect(plain, at) == _effect(other_plain, at) for at in environments(texts, python)
    ) and _same_classes(with_extra, other_with_extra, python)


def _parted(listed: list[Wanted]) -> tuple[list[Wanted], list[Wanted]]:
    """Return the requirements that no extra brings, and those that one does."""
    brought = [item for item in listed if any("extra" in text for text in item.condition.texts)]
    return [item for item in listed if item not in brought], brought


def _same_classes(one: list[Wanted], other: list[Wanted], python: str) -> bool:
    """Return whether requirements of extras are the same: joined where their conditions are equal."""
    ours, theirs = (_classes(side, python) for side in (one, other))
    return len(ours) == len(theirs) and all(
        any(
            equal(mine[0].condition, its[0].condition, python) and _joined(mine) == _joined(its)
            for its in theirs
        )
        for mine in ours
    )


def _classes(listed: list[Wanted], python: str) -> list[list[Wanted]]:
    """Return the requirements by condition, without those that never apply."""
    found: list[list[Wanted]] = []
    for item in listed:
        alike = (each for each in found if equal(each[0].condition, item.condition, python))
        known = next(alike, None)
        if known:
            known.append(item)
        elif not equal(item.condition, NEVER, python):
            found.append([item])
    return found


def _by_name(listed: Iterable[Wanted]) -> defaultdict[str, list[Wanted]]:
    found: defaultdict[str, list[Wanted]] = defaultdict(list)
    for item in listed:
        found[item.name].append(item)
    return found


def _effect(listed: list[Wanted], at: Environment) -> Asked | None:
    """Return what the requirements of one package amount to; None where none applies."""
    live = [item for item in listed if item.condition.holds(at)]
    return _joined(live) if live else None


def _joined(listed: list[Wanted]) -> Asked:
    return (
        frozenset(extra for item in listed for extra in item.extras),
        frozenset(item.origin for item in listed),
        admitted(frozenset(item.specifiers for item in listed)),
    )


def _example(one: list[Wanted], other: list[Wanted]) -> tuple[Wanted | None, Wanted | None]:
    """Return a requirement of each side, of those that the other side does not have as they are."""
    known = [{item.key for item in side} for side in (one, other)]
    here = [item for item in one if item.key not in known[1]] or one
    there = [item for item in other if item.key not in known[0]] or other
    return next(iter(here), None), next(iter(there), None)
