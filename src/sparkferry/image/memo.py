"""Layers that are remembered by what they were made from, without looking at their content again."""

from collections.abc import Callable, Sequence

import msgspec

from sparkferry.base.cache import Cache
from sparkferry.base.gzip import version
from sparkferry.image.model import Descriptor, ImageLayer, Role


class _Layer(msgspec.Struct, frozen=True, kw_only=True):
    """A memo: a layer without its place in the cache."""

    role: Role
    name: str
    descriptor: Descriptor
    diff_id: str


def memoised_layers(
    key: str, cache: Cache, make: Callable[[], Sequence[ImageLayer]]
) -> tuple[ImageLayer, ...]:
    """Return the layers that ``make`` returned last for ``key``; made again if one is not there.

    ``key`` says everything that the layers depend on beside the compressor.
    """
    full = f"image layers {version()} {key}"
    found = _recalled(cache.recall(full, tuple[_Layer, ...]), cache)
    if found is None:
        found = tuple(make())
        cache.remember(full, [_without_place(item) for item in found])
    return found


def _recalled(found: tuple[_Layer, ...] | None, cache: Cache) -> tuple[ImageLayer, ...] | None:
    if found is None:
        return None
    stored = [cache.find_file("blobs", item.descriptor.sha256) for item in found]
    there = [(item, place) for item, place in zip(found, stored, strict=True) if place]
    if len(there) < len(found):
        return None
    return tuple(
        ImageLayer(
            role=item.role,
            name=item.name,
            descriptor=item.descriptor,
            diff_id=item.diff_id,
            source=place.path,
            made="cached",
        )
        for item, place in there
    )


def _without_place(item: ImageLayer) -> _Layer:
    return _Layer(role=item.role, name=item.name, descriptor=item.descriptor, diff_id=item.diff_id)
