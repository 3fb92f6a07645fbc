"""Debian's order of versions (Debian Policy 5.6.12, as dpkg implements it)."""

import re
from functools import lru_cache

Key = tuple[int, tuple[object, ...], tuple[object, ...]]
"""What versions are compared by: epoch, upstream version and revision."""

_RUN = re.compile(r"([^0-9]*)([0-9]*)")
_END = (0,)
"""Where a part ends: after ``~``, before everything else."""


@lru_cache(maxsize=4096)
def version_key(version: str) -> Key:
    """Return a key that sorts versions as Debian does."""
    epoch, colon, rest = version.partition(":")
    if not colon:
        epoch, rest = "0", version
    upstream, _, revision = rest.rpartition("-") if "-" in rest else (rest, "", "")
    return int(epoch or 0), _part(upstream), _part(revision)


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


def _part(text: str) -> tuple[object, ...]:
    """Return runs of other characters and numbers by turns; an absent run is empty, or zero."""
    runs = [((*map(_rank, other), *_END), int(number or 0)) for other, number in _RUN.findall(text)]
    while runs and runs[-1] == (_END, 0):
        runs.pop()
    return (*(item for run in runs for item in run), _END)


def _rank(character: str) -> int:
    """Return the place of a character: ``~``, then the end, then letters, then all else."""
    if character == "~":
        return -1
    return ord(character) + (0 if character.isalpha() else 256)
