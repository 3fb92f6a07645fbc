"""Which wheels share a layer: a pure function, under which one changed wheel changes one layer."""

import hashlib
from collections.abc import Mapping, Sequence

LIMIT = 24
"""Layers of packages at most: engines allow 127 in an image, registries slow down long before that."""

_SHARED = 8
"""Layers for wheels that share one, where there are more wheels than layers."""


def group(sizes: Mapping[str, int]) -> tuple[tuple[str, ...], ...]:
    """Return the normalised names, which ``sizes`` gives the bytes of, in groups of one layer each.

    Where there are more than :data:`LIMIT`, the largest stand alone, and the others share layers by the
    digest of their names. What counts as largest is told by powers of two, so that a wheel seldom
    leaves its group when its size changes.
    """
    by_size = sorted(sizes, key=lambda name: (-sizes[name].bit_length(), name))
    alone = by_size if len(by_size) <= LIMIT else by_size[: LIMIT - _SHARED]
    shared = sorted(set(sizes).difference(alone))
    together = (_of_bucket(shared, bucket) for bucket in range(_SHARED))
    return (*((name,) for name in sorted(alone)), *(names for names in together if names))


def _of_bucket(names: Sequence[str], bucket: int) -> tuple[str, ...]:
    return tuple(
        name for name in names if hashlib.sha256(name.encode()).digest()[0] % _SHARED == bucket
    )
