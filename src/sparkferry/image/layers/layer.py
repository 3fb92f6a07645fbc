"""Layers: parts and the end of a tar archive, joined by copying, and kept in the cache.

A layer is one gzip file of many members; whoever reads gzip files reads them as one (RFC 1952, 2.2).
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from pathlib import Path

import msgspec

from sparkferry.base.cache import Cache
from sparkferry.base.gzip import Sink, member, version
from sparkferry.image.layers.tar import END
from sparkferry.image.layers.tar_part import TarPart, directories, directory_headers
from sparkferry.image.model import LAYER_GZIP, Descriptor, ImageLayer, Role

_FILE = "layer.tar.gz"


class LayerPlan(msgspec.Struct, frozen=True, kw_only=True):
    """A layer that is to be there."""

    role: Role
    name: str
    """What is in it, for people."""
    key: str
    """Everything that its content depends on, and a version of the code that makes the content."""
    parts: Callable[[], Sequence[TarPart]]
    """Called if the layer is not in the cache."""


class _Made(msgspec.Struct, frozen=True, kw_only=True):
    """A memo: the layer of a key."""

    sha256: str
    diff_id: str


def layer(plan: LayerPlan, cache: Cache) -> ImageLayer:
    """Return the layer, made now unless it is in the cache.

    :raises UserError: two entries of the parts have one path.
    :raises ExternalError: the cache cannot be written.
    """
    key = f"image layer {version()} {plan.key}"
    made = cache.recall(key, _Made)
    found = cache.find_file("blobs", made.sha256) if made else None
    cached = found is not None
    if made is None or found is None:
        parts = plan.parts()
        plain = hashlib.sha256()
        found = cache.add_file("blobs", _FILE, lambda path: _write(path, parts, plain.update))
        made = _Made(sha256=found.sha256, diff_id=f"sha256:{plain.hexdigest()}")
        cache.remember(key, made)
    return ImageLayer(
        role=plan.role,
        name=plan.name,
        descriptor=Descriptor(
            media_type=LAYER_GZIP, digest=f"sha256:{found.sha256}", size=found.size
        ),
        diff_id=made.diff_id,
        source=found.path,
        made="cached" if cached else "built",
    )


def _write(path: Path, parts: Sequence[TarPart], feed: Sink) -> str:
    """Write the layer and return its SHA-256; ``feed`` gets its content."""
    digest = hashlib.sha256()
    front = directory_headers(directories(parts))
    with path.open("wb") as stream:
        for data in chain(_own(front, feed), _inner(parts, feed), _own(END, feed)):
            digest.update(data)
            stream.write(data)
    return digest.hexdigest()


def _inner(parts: Sequence[TarPart], feed: Sink) -> Iterator[bytes | memoryview]:
    return chain.from_iterable(item.members(feed) for item in parts)


def _own(content: bytes, feed: Sink) -> Iterator[bytes]:
    feed(content)
    yield member(content)
