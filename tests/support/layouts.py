"""Small images made by our own parts, to be written."""

from pathlib import Path

import msgspec
import pytest

from sparkferry.base.cache import Cache
from sparkferry.image.entry import Entry
from sparkferry.image.layers.layer import LayerPlan, layer
from sparkferry.image.layers.tar_part import tar_part
from sparkferry.image.manifest import ImageConfig, assemble, index_of
from sparkferry.image.model import ImageIndex, ImageLayer, Remote


def make_layer(name: str, cache: Cache) -> ImageLayer:
    entries = (
        Entry(path=f"opt/{name}", content=name.encode() * 999),
        Entry(path=f"opt/{name}.link", kind="symlink", target=name),
    )
    return layer(
        LayerPlan(role="code", name=name, key=name, parts=lambda: [tar_part(entries)]), cache
    )


def make_image(cache: Cache, *names: str) -> ImageIndex:
    layers = [make_layer(name, cache) for name in names]
    return index_of([assemble(layers, ImageConfig(user="185"), "linux/amd64")])


def two_platforms(cache: Cache, *names: str) -> ImageIndex:
    layers = [make_layer(name, cache) for name in names]
    return index_of([assemble(layers, ImageConfig(), x) for x in ("linux/amd64", "linux/arm64")])


def no_fetch(layer: ImageLayer) -> Path:
    return pytest.fail(f"{layer.name} is here")


def in_registry(layer: ImageLayer) -> ImageLayer:
    """Return the layer as one of a base image that was not fetched."""
    place = Remote(registry="registry.example", repository="base")
    return msgspec.structs.replace(layer, role="base", source=place, made="base")
