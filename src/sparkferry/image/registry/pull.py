"""Images of others, as bases: resolved to a digest, chosen for a platform, fetched on demand.

Media types of OCI and of Docker (schema 2) are read; OCI's are returned
(image specification 1.1, "Compatibility Matrix").
"""

from collections.abc import Iterable
from pathlib import Path

import msgspec

from sparkferry.base.cache import Cache
from sparkferry.base.platforms import Platform
from sparkferry.errors import ExternalError, UserError
from sparkferry.files import sha256_bytes
from sparkferry.http.meter import Meter
from sparkferry.image.model import (
    INDEX,
    LAYER_GZIP,
    LAYER_ZSTD,
    MANIFEST,
    Descriptor,
    ImageLayer,
    Remote,
)
from sparkferry.image.registry.blobs import fetch_blob
from sparkferry.image.registry.client import Registries, Repository
from sparkferry.image.registry.manifests import (
    DOCKER_INDEX,
    DOCKER_MANIFEST,
    find_manifest,
    get_manifest,
)
from sparkferry.image.registry.reference import Reference, is_digest
from sparkferry.progress import QUIET, Progress

_CONFIG_LIMIT = 8 << 20
"""Bytes of a configuration; those of real images have a few thousand."""


_INDEXES = frozenset({INDEX, DOCKER_INDEX})
_KNOWN = frozenset({MANIFEST, INDEX, DOCKER_MANIFEST, DOCKER_INDEX, ""})


class Pulled(msgspec.Struct, frozen=True, kw_only=True):
    """An image for one platform, as a registry has it; its layers were not fetched."""

    reference: Reference
    """With the digest of what it names: an index, or the only manifest."""
    descriptor: Descriptor
    """Of the manifest for the platform."""
    config: bytes
    layers: tuple[ImageLayer, ...]
    """Of the role ``base``; their source is the repository."""


class _Content(msgspec.Struct, frozen=True, rename="camel"):
    media_type: str = ""
    schema_version: int = 2
    config: Descriptor | None = None
    layers: tuple[Descriptor, ...] = ()
    manifests: tuple[Descriptor, ...] = ()


class _RootFs(msgspec.Struct, frozen=True):
    diff_ids: tuple[str, ...]


class _Config(msgspec.Struct, frozen=True):
    architecture: str
    os: str
    rootfs: _RootFs


def resolve(reference: Reference, registries: Registries) -> Reference:
    """Return ``reference`` with the digest that its tag has now; one with a digest as it is.

    :raises ExternalError: the registry does not have it, or stays out of reach.
    """
    if reference.digest:
        return reference
    repository = registries.repository(reference.registry, reference.repository)
    found = find_manifest(repository, reference.wanted)
    if found is None:
        # Its answer says why: no such tag, no such repository.
        found = get_manifest(repository, reference.wanted).descriptor
    return msgspec.structs.replace(reference, digest=found.digest)


def pull(reference: Reference, platform: Platform, registries: Registries, cache: Cache) -> Pulled:
    """Return the image for ``platform``; of a reference with a digest nothing is fetched twice.

    :raises UserError: there is none for the platform, or in a format that we do not read.
    :raises ExternalError: the registry does not have it, stays out of reach, or serves nonsense.
    """
    found = resolve(reference, registries)
    repository = registries.repository(found.registry, found.repository)
    body = _manifest(repository, found.digest, cache)
    content = _content(found, body)
    if content.media_type in _INDEXES or content.manifests:
        chosen = choose(content.manifests, platform, str(found))
        body = _manifest(repository, _safe(found, chosen).digest, cache)
        content = _content(found, body)
    config_descriptor, layers = _parts(found, content)
    config = _config(repository, config_descriptor, cache)
    diff_ids = _diff_ids(found, platform, config)
    if len(diff_ids) != len(layers):
        raise _nonsense(found, f"it has {len(layers)} layers and {len(diff_ids)} digests of them")
    return Pulled(
        reference=found,
        descriptor=_descriptor(body),
        config=config,
        layers=_layers(found, layers, diff_ids),
    )


def fetch_layer(
    layer: ImageLayer, registries: Registries, cache: Cache, progress: Progress = QUIET
) -> ImageLayer:
    """Return ``layer`` with its file in the cache as source; it is fetched if it is not there.

    :raises ExternalError: the registry does not have it or serves something else, or the disk is full.
    """
    if not isinstance(layer.source, Remote):
        return layer
    repository = registries.repository(layer.source.registry, layer.source.repository)
    with progress.task(f"fetching {layer.name}", layer.descriptor.size) as task:
        stored = fetch_blob(repository, layer.descriptor, cache, Meter(task))
    return msgspec.structs.replace(layer, source=stored.path)


def _manifest(repository: Repository, digest: str, cache: Cache) -> bytes:
    stored = cache.find_file("blobs", digest.removeprefix("sha256:"))
    if stored:
        return stored.path.read_bytes()
    body = get_manifest(repository, digest).body

    def write(path: Path) -> None:
        path.write_bytes(body)

    cache.add_file("blobs", "manifest.json", write, digest.removeprefix("sha256:"))
    return body


def _content(reference: Reference, body: bytes) -> _Content:
    try:
        content = msgspec.json.decode(body, type=_Content)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise _nonsense(reference, f"its manifest is none: {error}") from error
    if content.schema_version == 1:
        raise UserError(
            f"could not use the image `{reference}`: it is in the format schema 1, which Docker gave "
            "up in 2019",
            hint="pull and push it again with a tool of today, or choose another image",
        )
    if content.media_type not in _KNOWN:
        raise UserError(
            f"could not use the image `{reference}`: `{content.media_type}` is not an image",
            hint="name an image: artifacts beside images have other formats",
        )
    return content


def _parts(reference: Reference, content: _Content) -> tuple[Descriptor, tuple[Descriptor, ...]]:
    if content.config is None:
        raise _nonsense(reference, "its manifest names no configuration")
    layers = tuple(oci_layer(_safe(reference, layer), str(reference)) for layer in content.layers)
    return _safe(reference, content.config), layers


def _safe(reference: Reference, descriptor: Descriptor) -> Descriptor:
    """Return the descriptor, whose digest names a file in the cache, if it is one of ours."""
    if not is_digest(descriptor.digest) or descriptor.size < 0:
        raise _nonsense(reference, f"`{descriptor.digest}` is no SHA-256 digest of a blob")
    return descriptor


def _config(repository: Repository, descriptor: Descriptor, cache: Cache) -> bytes:
    if descriptor.size > _CONFIG_LIMIT:
        raise ExternalError(
            f"could not read the configuration of an image in `{repository}`: it is said to have "
            f"{descriptor.size} bytes"
        )
    with QUIET.task("") as task:
        return fetch_blob(repository, descriptor, cache, Meter(task)).path.read_bytes()


def _diff_ids(reference: Reference, platform: Platform, config: bytes) -> tuple[str, ...]:
    try:
        found = msgspec.json.decode(config, type=_Config)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise _nonsense(reference, f"its configuration is none: {error}") from error
    if f"{found.os}/{found.architecture}" != platform:
        raise UserError(
            f"could not use the image `{reference}`: it is for {found.os}/{found.architecture}, "
            f"not {platform}",
            hint="choose a base that has the platform, or another platform",
        )
    return found.rootfs.diff_ids


def _descriptor(body: bytes) -> Descriptor:
    return Descriptor(media_type=MANIFEST, digest=f"sha256:{sha256_bytes(body)}", size=len(body))


def _layers(
    reference: Reference, layers: tuple[Descriptor, ...], diff_ids: tuple[str, ...]
) -> tuple[ImageLayer, ...]:
    source = Remote(registry=reference.registry, repository=reference.repository)
    return tuple(
        ImageLayer(
            role="base",
            name=f"base {number}/{len(layers)}",
            descriptor=descriptor,
            diff_id=diff_id,
            source=source,
            made="base",
        )
        for number, (descriptor, diff_id) in enumerate(zip(layers, diff_ids, strict=True), 1)
    )


def _nonsense(reference: Reference, reason: str) -> ExternalError:
    return ExternalError(f"could not use the image `{reference}`: {reason}")


_VARIANTS = {"linux/amd64": ("", "v1"), "linux/arm64": ("v8", "")}
"""Variants that every machine of the platform runs, the most usual first."""


def choose(manifests: Iterable[Descriptor], platform: Platform, image: str) -> Descriptor:
    """Return the manifest for ``platform`` of the index of ``image``.

    :raises UserError: there is none; the message says which there are.
    """
    known = [(_named(item), item) for item in manifests if item.platform is not None]
    for variant in _VARIANTS[platform]:
        wanted = f"{platform}/{variant}" if variant else platform
        for name, descriptor in known:
            if name == wanted:
                return descriptor
    names = ", ".join(sorted({name for name, _ in known if "unknown" not in name}))
    raise UserError(
        f"could not use the image `{image}`: it has nothing for {platform}, but for {names or 'none'}",
        hint="choose a base that has the platform, or another platform",
    )


def _named(descriptor: Descriptor) -> str:
    found = descriptor.platform
    parts = (found.os, found.architecture, found.variant) if found else ()
    return "/".join(part for part in parts if part)


LAYER_TAR = "application/vnd.oci.image.layer.v1.tar"

_OCI = {
    LAYER_TAR: LAYER_TAR,
    LAYER_GZIP: LAYER_GZIP,
    LAYER_ZSTD: LAYER_ZSTD,
    "application/vnd.docker.image.rootfs.diff.tar": LAYER_TAR,
    "application/vnd.docker.image.rootfs.diff.tar.gzip": LAYER_GZIP,
    "application/vnd.docker.image.rootfs.diff.tar.zstd": LAYER_ZSTD,
}


def oci_layer(descriptor: Descriptor, image: str) -> Descriptor:
    """Return the descriptor of a layer of ``image`` with OCI's media type.

    :raises UserError: it is not a layer that a registry hands out to everybody.
    """
    kind = _OCI.get(descriptor.media_type)
    if kind is None:
        raise UserError(
            f"could not use the image `{image}`: a layer is of the type `{descriptor.media_type}`",
            hint="choose an image whose layers are tar, gzip or zstd, and in the registry itself",
        )
    return msgspec.structs.replace(descriptor, media_type=kind)
