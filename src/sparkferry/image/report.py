"""What was built and pushed, as data for `--json`. Pure."""

from collections.abc import Mapping
from typing import Literal

import msgspec

from sparkferry.image.build import Built, PlatformImage
from sparkferry.image.model import ImageLayer, Role
from sparkferry.image.registry.push import How, Pushed


class LayerReport(msgspec.Struct, frozen=True, kw_only=True):
    """One layer."""

    role: Role
    name: str
    digest: str
    media_type: str
    size: int
    """In bytes, compressed."""
    made: Literal["built", "cached", "base"]
    pushed: How | None
    """What became of it in the registry; null if it was not pushed."""


class ImageReport(msgspec.Struct, frozen=True, kw_only=True):
    """The image for one platform."""

    platform: str
    digest: str
    """Of its manifest."""
    kind: str
    python: str
    spark: str | None
    size: int
    """In bytes, of its compressed layers."""
    layers: tuple[LayerReport, ...]


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """A whole image."""

    reference: str
    """What is printed without `--json`."""
    digest: str
    sent: int | None
    """Bytes that were sent to the registry; null if it was not pushed."""
    images: tuple[ImageReport, ...]


def report(reference: str, built: Built, pushed: Pushed | None = None) -> Report:
    """Return what there is to tell."""
    became = {blob.digest: blob.how for blob in pushed.layers} if pushed else {}
    return Report(
        reference=reference,
        digest=built.index.descriptor.digest,
        sent=pushed.sent if pushed else None,
        images=tuple(_image(part, became) for part in built.parts),
    )


def _image(part: PlatformImage, became: Mapping[str, How]) -> ImageReport:
    layers = part.image.layers
    return ImageReport(
        platform=part.image.platform,
        digest=part.image.descriptor.digest,
        kind=part.recipe.kind.name,
        python=part.app.python,
        spark=part.recipe.spark,
        size=sum(layer.descriptor.size for layer in layers),
        layers=tuple(_layer(layer, became) for layer in layers),
    )


def _layer(layer: ImageLayer, became: Mapping[str, How]) -> LayerReport:
    found = layer.descriptor
    return LayerReport(
        role=layer.role,
        name=layer.name,
        digest=found.digest,
        media_type=found.media_type,
        size=found.size,
        made=layer.made,
        pushed=became.get(found.digest),
    )
