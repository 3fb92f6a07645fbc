"""Which file ships where several wheels bring one place: pure rules.

=============================================  =====================================================
the wheels bring                               ships
=============================================  =====================================================
the same bytes                                 one of them
different bytes, and `packages.prefer` names   that of the package that is named first
one of the packages
modules ``__init__.py`` of which at most one   that one; they differ in comments and namespace
holds more than a namespace declaration        declarations alone
licences, documentation, tests, type stubs,    that of the first wheel by file name, with a warning
scripts, and what tools of development read
anything else                                  nothing: it is an error
=============================================  =====================================================

pip and uv keep whichever file they wrote last, and in uv's case that is by chance.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal

import msgspec

from sparkferry.layers.listed import listed

_HARMLESS_DIRECTORIES = frozenset(
    {"benchmark", "benchmarks", "bin", "doc", "docs", "example", "examples", "licenses", "test"}
    | {"tests", "samples", "__pycache__"}
)
"""Names of top directories whose files no job imports; ``bin`` has scripts."""

_HARMLESS_PLACES = ("share/doc/", "share/man/", "share/licenses/", "share/info/")

_HARMLESS_FILES = r"""
      (licen[cs]e|copying|notice|authors|contributors|contributing|changelog|changes|history|news|readme
      |security|code_of_conduct|todo|thanks|version|citation|third.?party)([-_.].*)?
    | .*\.(md|rst|pyi) | (requirements|constraints).*\.txt
    | (pyproject\.toml|setup\.cfg|tox\.ini|pytest\.ini|manifest\.in|py\.typed|makefile|\..*)
    | (setup|conftest|noxfile|versioneer)\.py
    """
"""Names of files at the top of site-packages that were not meant to be there."""


class Claim(msgspec.Struct, frozen=True):
    """A file that a wheel brings to a place."""

    wheel: str
    """The wheel's file name."""
    package: str
    """Its normalised name."""
    content: tuple[int, int, str]
    """What tells contents apart."""
    blank: bool = False
    """Whether it is an ``__init__.py`` that declares a namespace at most."""


class Clash(msgspec.Struct, frozen=True):
    """Two wheels that bring different files to some places."""

    kept: str
    """File name of the wheel whose files ship, or would."""
    other: str
    packages: tuple[str, str]
    """Their normalised names."""
    paths: tuple[str, ...]
    severity: Literal["error", "warning"]

    def __str__(self) -> str:
        """Return what there is to say of it."""
        said = f"`{self.kept}` and `{self.other}` hold different files {listed(self.paths)}"
        return said if self.severity == "error" else f"{said}: those of `{self.kept}` ship"

    @property
    def hint(self) -> str:
        """How to decide otherwise."""
        kept, other = self.packages
        named = kept if self.severity == "error" else other
        return f'to ship those of {named}: `[tool.sparkferry] packages.prefer = ["{named}"]`'


def choose(claims: Sequence[Claim], prefer: Sequence[str]) -> Claim:
    """Return the claim that wins a place; ``claims`` are in the order of the wheels."""
    if len(claims) == 1:
        return claims[0]

    def rank(claim: Claim) -> tuple[int, bool]:
        named = prefer.index(claim.package) if claim.package in prefer else len(prefer)
        return named, claim.blank

    return min(claims, key=rank)


def clashes(claims: Mapping[str, Sequence[Claim]], prefer: Sequence[str]) -> Iterator[Clash]:
    """Yield the clashes among the claims by path that the rules do not settle in silence."""
    found: dict[tuple[str, str, Literal["error", "warning"]], list[str]] = {}
    packages: dict[str, str] = {}
    for path, several in claims.items():
        if len(several) == 1:
            continue
        winner = choose(several, prefer)
        if winner.package in prefer:
            continue
        for claim in _others(winner, several):
            severity: Literal["error", "warning"] = "warning" if is_harmless(path) else "error"
            found.setdefault((winner.wheel, claim.wheel, severity), []).append(path)
            packages |= {winner.wheel: winner.package, claim.wheel: claim.package}
    for (kept, other, severity), paths in found.items():
        yield Clash(kept, other, (packages[kept], packages[other]), tuple(paths), severity)


def is_harmless(path: str) -> bool:
    """Whether no job can depend on which file is at ``path``."""
    top, inner, _ = path.partition("/")
    return (
        bool(inner and top.lower() in _HARMLESS_DIRECTORIES)
        or path.startswith(_HARMLESS_PLACES)
        or path.endswith((".pyi", "/py.typed", ".pyc"))
        or (not inner and bool(re.fullmatch(_HARMLESS_FILES, path, re.VERBOSE | re.IGNORECASE)))
    )


def _others(winner: Claim, claims: Iterable[Claim]) -> Iterator[Claim]:
    for claim in claims:
        if claim.content != winner.content and not claim.blank:
            yield claim
