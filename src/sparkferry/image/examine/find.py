"""Finds an image by what the user calls it: a directory, a file, or a reference."""

from pathlib import Path
from typing import IO

import msgspec

from sparkferry.base.cache import Cache
from sparkferry.errors import UserError
from sparkferry.http.meter import Meter
from sparkferry.image.examine.load import INDEXES, load
from sparkferry.image.examine.model import InspectedImage
from sparkferry.image.examine.places import load_path
from sparkferry.image.model import MANIFEST, Descriptor
from sparkferry.image.registry.blobs import fetch_blob
from sparkferry.image.registry.client import Registries, Repository
from sparkferry.image.registry.manifests import DOCKER_MANIFEST, get_manifest
from sparkferry.image.registry.reference import Reference, parse
from sparkferry.progress import Progress
from sparkferry.project.image_rules import REGISTRY

_MANIFESTS = INDEXES | {MANIFEST, DOCKER_MANIFEST}


_TRANSPORTS = frozenset({"oci", "docker-archive"})
"""What `image build` puts before a path, as skopeo does."""


class ImageFinder(msgspec.Struct, frozen=True, kw_only=True):
    """What it takes to look for images elsewhere."""

    registries: Registries
    cache: Cache
    progress: Progress


def find_images(name: str, desk: ImageFinder) -> tuple[InspectedImage, ...]:
    """Return the image in the layout or archive ``name``, or of that reference, for each platform.

    Of a registry's image, layers are fetched when they are opened.

    :raises UserError: it is neither a path nor a reference, or the path holds no image.
    :raises ExternalError: it cannot be read or fetched.
    """
    path = Path(_plain(name))
    if path.exists():
        return load_path(path)
    reference = _reference(name)
    repository = desk.registries.repository(reference.registry, reference.repository)
    root = get_manifest(repository, reference.wanted).descriptor
    found = load(_RepositoryBlobs(repository, desk), root, name)
    return tuple(msgspec.structs.replace(x, registry=reference.registry) for x in found)


def _reference(name: str) -> Reference:
    """Return the reference that ``name`` is; without a registry it is a path that is not there."""
    host, slash, _ = name.partition("/")
    if not slash or not REGISTRY.fullmatch(host):
        raise UserError(
            f"could not find the image `{name}`: there is no such directory or file",
            hint="an image of a registry is named with it, as `registry.example/team/flights:main`",
        )
    return parse(name)


def _plain(name: str) -> str:
    """Return the path in a name as `image build` prints it: ``oci:DIR@sha256:…``."""
    transport, colon, rest = name.partition(":")
    return rest.partition("@sha256:")[0] if colon and transport in _TRANSPORTS else name


class _RepositoryBlobs:
    def __init__(self, repository: Repository, desk: ImageFinder) -> None:
        self._repository = repository
        self._desk = desk

    def read(self, descriptor: Descriptor) -> bytes:
        if descriptor.media_type in _MANIFESTS:
            return get_manifest(self._repository, descriptor.digest).body
        with self.open(descriptor) as stream:
            return stream.read()

    def open(self, descriptor: Descriptor) -> IO[bytes]:
        title = f"fetching {descriptor.digest[:19]}"
        with self._desk.progress.task(title, descriptor.size) as task:
            stored = fetch_blob(self._repository, descriptor, self._desk.cache, Meter(task))
        return stored.path.open("rb")
