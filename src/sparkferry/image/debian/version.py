"""Debian's order of versions (Debian Policy 5.6.12, as dpkg implements it)."""

import re
from collections.abc import Iterator
from functools import cmp_to_key, lru_cache
from itertools import zip_longest
from typing import Any

Key = tuple[int, Any, Any]
"""What versions are compared by: epoch, upstream version and revision."""

_RUN = re.compile(r"([^0-9]*)([0-9]*)")
_END = 0
"""Where a run of other characters ends, or the whole part: after ``~``, before everything else."""


@lru_cache(maxsize=4096)
def version_key(version: str) -> Key:
    """Return a key that sorts versions as Debian does."""
    epoch, colon, rest = version.partition(":")
    if not colon:
        epoch, rest = "0", version
    upstream, _, revision = rest.rpartition("-") if "-" in rest else (rest, "", "")
    return int(epoch or 0), _ordered((*_part(upstream),)), _ordered((*_part(revision),))


def satisfies(version: str, relation: str, wanted: str) -> bool:
    """Tell whether ``version`` stands in ``relation`` (``<<  <=  =  >=  >>``) to ``wanted``.

    ``<`` and ``>`` are the obsolete spellings of ``<=`` and ``>=`` (Policy 7.1).
    """
    left, right = version_key(version), version_key(wanted)
    match relation:
        case "<<":
            return left < right
        case "<=" | "<":
            return left <= right
        case ">=" | ">":
            return left >= right
        case ">>":
            return left > right
        case _:
            return left == right


def _part(text: str) -> Iterator[int]:
    """Yield runs of other characters and numbers by turns; an absent run is empty, or zero."""
    for other, number in _RUN.findall(text):
        yield from map(_rank, other)
        yield _END
        yield int(number or 0)


def _compare(left: tuple[int, ...], right: tuple[int, ...]) -> int:
    """Compare as if both went on for ever, with nothing more: so ``0~`` comes before ``0``."""
    pairs = zip_longest(left, right, fillvalue=0)
    return next((one - other for one, other in pairs if one != other), 0)


_ordered = cmp_to_key(_compare)


def _rank(character: str) -> int:
    """Return the place of a character: ``~``, then the end, then letters, then all else."""
    if character == "~":
        return -1
    return ord(character) + (0 if character.isalpha() else 256)
