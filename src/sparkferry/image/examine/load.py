"""From the blobs of an image to what it says of itself."""

from collections.abc import Iterator
from functools import partial
from typing import TypeVar

import msgspec

from sparkferry.errors import ExternalError
from sparkferry.image.examine.model import Blobs, Config, InspectedImage, SpecimenLayer, Step
from sparkferry.image.model import Descriptor

T = TypeVar("T")

INDEXES = frozenset(
    {
        "application/vnd.oci.image.index.v1+json",
        "application/vnd.docker.distribution.manifest.list.v2+json",
    }
)

_DEPTH = 3
"""Indexes inside of indexes that are followed; there is one in practice."""


class _Index(msgspec.Struct, frozen=True, kw_only=True):
    manifests: tuple[Descriptor, ...]


class _Manifest(msgspec.Struct, frozen=True, kw_only=True):
    config: Descriptor
    layers: tuple[Descriptor, ...]


def load(blobs: Blobs, root: Descriptor, name: str) -> tuple[InspectedImage, ...]:
    """Return the image that ``root`` describes: of an index, that for each platform.

    What is not an image of a platform (attestations, indexes of artifacts) is left out.

    :raises ExternalError: it cannot be read, or there is no image.
    """
    found = tuple(_images(blobs, root, name, _DEPTH))
    if not found:
        raise ExternalError(f"could not read `{name}`: there is no image for any platform in it")
    return found


def _images(blobs: Blobs, root: Descriptor, name: str, depth: int) -> Iterator[InspectedImage]:
    if root.media_type in INDEXES and depth:
        for descriptor in _decode(blobs, root, _Index).manifests:
            if not _is_attestation(descriptor):
                yield from _images(blobs, descriptor, name, depth - 1)
    elif root.media_type not in INDEXES:
        yield _image(blobs, root, name)


def _is_attestation(descriptor: Descriptor) -> bool:
    # Docker's buildx puts what it knows of a build beside the images, for a platform of this name.
    platform = descriptor.platform
    return bool(descriptor.artifact_type) or (platform is not None and platform.os == "unknown")


def _image(blobs: Blobs, descriptor: Descriptor, name: str) -> InspectedImage:
    manifest = _decode(blobs, descriptor, _Manifest)
    config = _decode(blobs, manifest.config, Config)
    steps = layer_steps(config, len(manifest.layers))
    layers = tuple(
        SpecimenLayer(descriptor=layer, open=partial(blobs.open, layer), step=step)
        for layer, step in zip(manifest.layers, steps, strict=True)
    )
    return InspectedImage(name=name, descriptor=descriptor, config=config, layers=layers)


def layer_steps(config: Config, count: int) -> tuple[Step, ...]:
    """Return the step that made each of ``count`` layers; empty ones where they do not fit."""
    steps = tuple(step for step in config.history or () if not step.empty_layer)
    return steps if len(steps) == count else (Step(),) * count


def _decode(blobs: Blobs, descriptor: Descriptor, of: type[T]) -> T:
    try:
        return msgspec.json.decode(blobs.read(descriptor), type=of)
    except msgspec.MsgspecError as error:
        raise ExternalError(
            f"could not read `{descriptor.digest}`: it is no {descriptor.media_type}: {error}",
            hint="see whether the reference is that of an image",
        ) from error
