"""Images written as one file, as ``docker save`` writes them since Docker 25.

It is an OCI image layout and Docker's own ``manifest.json`` in one tar, so that every version of Docker,
Podman and skopeo loads it.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from sparkferry.errors import UserError
from sparkferry.files import CHUNK, replacing
from sparkferry.image.entry import Entry
from sparkferry.image.layers.tar import END, header, padding
from sparkferry.image.layout.write import LAYOUT, LAYOUT_FILE, Fetch, blobs, index_json, named
from sparkferry.image.model import Descriptor, Image, ImageIndex

_CONTAINERD_NAME = "io.containerd.image.name"
"""Annotation that names the image where Docker keeps its images in containerd."""


def write_archive(image: ImageIndex, path: Path, name: str, fetch: Fetch) -> None:
    """Write the image to the file ``path`` as ``name``, a reference with a tag as ``titanic:1.0``, or empty.

    :raises UserError: the image is for several platforms.
    :raises OSError: the file cannot be written.
    """
    if len(image.images) > 1:
        platforms = ", ".join(one.platform for one in image.images)
        raise UserError(
            f"could not write `{path}`: a Docker archive holds one platform, not {platforms}",
            hint="name one by `--platform`, or write an OCI layout by `--oci`",
        )
    with replacing(path) as stream:
        stream.writelines(archive(image, name, fetch))


def archive(image: ImageIndex, name: str, fetch: Fetch) -> Iterator[bytes]:
    """Yield the bytes of such a file, for an image of one platform."""
    for descriptor, content in blobs(image, fetch):
        yield from _file(f"blobs/sha256/{descriptor.sha256}", content)
    yield from _file("index.json", index_json([_named(image.descriptor, name)]))
    yield from _file("manifest.json", _manifest_json(image.images[0], name))
    yield from _file(LAYOUT_FILE, LAYOUT)
    yield END


def _named(descriptor: Descriptor, name: str) -> dict[str, Any]:
    found = named(descriptor, name.rpartition(":")[2])
    if name:
        found["annotations"][_CONTAINERD_NAME] = _normalised(name)
    return found


def _normalised(name: str) -> str:
    """Return the name with its registry, as Docker completes those without."""
    first, _, rest = name.partition("/")
    if rest and (first == "localhost" or "." in first or ":" in first):
        return name
    return f"docker.io/{name}" if rest else f"docker.io/library/{name}"


def _manifest_json(image: Image, name: str) -> bytes:
    """Return what Docker's own format has in place of an index and a manifest."""
    value = {
        "Config": f"blobs/sha256/{image.config_descriptor.sha256}",
        "RepoTags": [name] if name else None,
        "Layers": [f"blobs/sha256/{layer.descriptor.sha256}" for layer in image.layers],
    }
    return msgspec.json.encode([value], order="sorted")


def _file(path: str, content: bytes | Path) -> Iterator[bytes]:
    entry = Entry(path=path)
    if isinstance(content, bytes):
        yield header(entry, len(content)) + content + padding(len(content))
        return
    size = content.stat().st_size
    yield header(entry, size)
    with content.open("rb") as stream:
        yield from iter(lambda: stream.read(CHUNK), b"")
    yield padding(size)
