"""Images written as an OCI image layout: a directory that engines, scanners and registries' tools read.

Blobs come first and ``index.json`` last, by renaming, so that a reader sees what was there before or all
of the new image, whenever a writer dies. Images of other names stay.
"""

import errno
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from sparkferry.errors import UserError
from sparkferry.files import link, replacing, temporary_sibling
from sparkferry.image.model import INDEX, Descriptor, ImageIndex, ImageLayer

Fetch = Callable[[ImageLayer], Path]
"""Returns a file with the bytes, verified, of a layer that lies in a registry."""

REF_NAME = "org.opencontainers.image.ref.name"
"""Annotation of a descriptor in ``index.json``: what the image is called there."""

LAYOUT_FILE = "oci-layout"
LAYOUT = b'{"imageLayoutVersion":"1.0.0"}'
"""What marks a directory as a layout (OCI image specification, image layout)."""

_NOT_LINKED = frozenset({errno.EXDEV, errno.EPERM, errno.EMLINK, errno.EOPNOTSUPP})


def write_layout(image: ImageIndex, directory: Path, name: str, fetch: Fetch) -> None:
    """Write the image into the layout ``directory``, made if need be, as ``name`` (a tag, or empty).

    What had the name before loses it.

    :raises UserError: the directory holds something else than a layout.
    :raises OSError: the directory cannot be written.
    """
    others = _others(directory, name, image.descriptor)
    place = directory / "blobs" / "sha256"
    place.mkdir(parents=True, exist_ok=True)
    for descriptor, content in blobs(image, fetch):
        _put(place / descriptor.sha256, content)
    _replace(directory / LAYOUT_FILE, LAYOUT)
    _replace(directory / "index.json", index_json([*others, named(image.descriptor, name)]))


def blobs(image: ImageIndex, fetch: Fetch) -> Iterator[tuple[Descriptor, bytes | Path]]:
    """Yield every blob of the image once, what refers to others after them."""
    seen = set[str]()
    for one in image.images:
        for layer in one.layers:
            if layer.descriptor.digest not in seen:
                seen.add(layer.descriptor.digest)
                source = layer.source
                yield layer.descriptor, source if isinstance(source, Path) else fetch(layer)
        yield one.config_descriptor, one.config
        yield one.descriptor, one.manifest
    if image.index is not None:
        yield image.descriptor, image.index


def named(descriptor: Descriptor, name: str) -> dict[str, Any]:
    """Return the descriptor as it stands in ``index.json``."""
    found: dict[str, Any] = msgspec.to_builtins(descriptor)
    return {**found, "annotations": {REF_NAME: name}} if name else found


def index_json(manifests: list[dict[str, Any]]) -> bytes:
    """Return the content of ``index.json``."""
    value = {"schemaVersion": 2, "mediaType": INDEX, "manifests": manifests}
    return msgspec.json.encode(value, order="sorted")


def _others(directory: Path, name: str, new: Descriptor) -> list[dict[str, Any]]:
    """Return the descriptors of the layout that stay."""
    if not directory.exists() or not any(directory.iterdir()):
        return []
    if not (directory / LAYOUT_FILE).is_file():
        raise UserError(
            f"could not write an image to `{directory}`: it is not empty, and no OCI image layout",
            hint="name a new directory",
        )
    try:
        index = msgspec.json.decode((directory / "index.json").read_bytes())
        return [item for item in index["manifests"] if _stays(item, name, new)]
    except FileNotFoundError:
        return []
    except (msgspec.DecodeError, TypeError, KeyError) as error:
        raise UserError(
            f"could not write an image to `{directory}`: its index.json cannot be read ({error})",
            hint="remove the directory, or name another",
        ) from error


def _stays(item: dict[str, Any], name: str, new: Descriptor) -> bool:
    said = item.get("annotations", {}).get(REF_NAME, "")
    return bool(said != name if name else said or item["digest"] != new.digest)


def _put(place: Path, content: bytes | Path) -> None:
    if place.exists():
        return
    if isinstance(content, bytes):
        _replace(place, content)
        return
    try:
        link(content, place)
    except OSError as error:
        if error.errno not in _NOT_LINKED:
            raise
        with temporary_sibling(place) as temporary:
            shutil.copyfile(content, temporary)
            temporary.replace(place)


def _replace(path: Path, content: bytes) -> None:
    with replacing(path) as stream:
        stream.write(content)
