"""Attaching artifacts to an image: their manifest names it as its subject.

Distribution specification 1.1, "Pushing Manifests with Subject"; where a registry does not have that API, the
"Referrers Tag Schema": an index under a tag that is made of the subject's digest.
"""

import msgspec

from sparkferry.errors import ExternalError
from sparkferry.files import sha256_bytes
from sparkferry.http.meter import Meter
from sparkferry.image.model import INDEX, MANIFEST, Descriptor
from sparkferry.image.registry.blobs import has_blob
from sparkferry.image.registry.client import Repository
from sparkferry.image.registry.manifests import (
    Manifest,
    find_manifest,
    get_manifest,
    put_manifest,
)
from sparkferry.image.registry.upload import upload
from sparkferry.progress import QUIET

EMPTY = Descriptor(
    media_type="application/vnd.oci.empty.v1+json", digest=f"sha256:{sha256_bytes(b'{}')}", size=2
)
"""The configuration of what has none (image specification 1.1, "Guidance for an Empty Descriptor")."""


class Artifact(msgspec.Struct, frozen=True, kw_only=True):
    """Something about an image: one blob, and what kind of thing it is."""

    artifact_type: str
    """Its media type, by which it is found."""
    media_type: str
    """Of the blob."""
    content: bytes
    annotations: dict[str, str] = {}


class _Index(msgspec.Struct, frozen=True, rename="camel"):
    manifests: tuple[Descriptor, ...] = ()
    schema_version: int = 2
    media_type: str = INDEX


class _Manifest(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    schema_version: int = 2
    media_type: str = MANIFEST
    artifact_type: str
    config: Descriptor = EMPTY
    layers: tuple[Descriptor, ...]
    subject: Descriptor
    annotations: dict[str, str] = {}


def attach(repository: Repository, subject: Descriptor, artifact: Artifact) -> Descriptor:
    """Store the artifact beside the image ``subject``, and return its manifest's descriptor.

    Attaching the same twice changes nothing.

    :raises ExternalError: the registry refuses it.
    """
    blob = _descriptor(artifact.media_type, artifact.content)
    _have(repository, blob, artifact.content)
    _have(repository, EMPTY, b"{}")
    manifest = artifact_manifest(subject, blob, artifact)
    answer = put_manifest(repository, manifest.descriptor.digest, manifest)
    if "OCI-Subject" not in answer.headers:
        _add_to_tag(repository, subject.digest, manifest.descriptor)
    return manifest.descriptor


def artifact_manifest(subject: Descriptor, blob: Descriptor, artifact: Artifact) -> Manifest:
    """Return the manifest of an artifact about ``subject``."""
    bare = Descriptor(media_type=subject.media_type, digest=subject.digest, size=subject.size)
    body = msgspec.json.encode(
        _Manifest(
            artifact_type=artifact.artifact_type,
            layers=(blob,),
            subject=bare,
            annotations=artifact.annotations,
        )
    )
    descriptor = msgspec.structs.replace(
        _descriptor(MANIFEST, body),
        artifact_type=artifact.artifact_type,
        annotations=artifact.annotations,
    )
    return Manifest(descriptor=descriptor, body=body)


def fallback_tag(digest: str) -> str:
    """Return the tag of the index of what refers to ``digest``."""
    return digest.replace(":", "-")


def _by_tag(repository: Repository, digest: str) -> tuple[Descriptor, ...]:
    tag = fallback_tag(digest)
    if find_manifest(repository, tag) is None:
        return ()
    try:
        return msgspec.json.decode(get_manifest(repository, tag).body, type=_Index).manifests
    except msgspec.MsgspecError as error:
        raise ExternalError(
            f"could not list what refers to `{repository}@{digest}`: the tag `{tag}` is not an index"
        ) from error


def _add_to_tag(repository: Repository, digest: str, descriptor: Descriptor) -> None:
    known = _by_tag(repository, digest)
    if descriptor.digest not in {item.digest for item in known}:
        body = msgspec.json.encode(_Index(manifests=(*known, descriptor)))
        index = Manifest(descriptor=_descriptor(INDEX, body), body=body)
        put_manifest(repository, fallback_tag(digest), index)


def _have(repository: Repository, descriptor: Descriptor, content: bytes) -> None:
    if not has_blob(repository, descriptor.digest):
        with QUIET.task("") as task:
            upload(repository, descriptor, content, Meter(task))


def _descriptor(media_type: str, body: bytes) -> Descriptor:
    return Descriptor(media_type=media_type, digest=f"sha256:{sha256_bytes(body)}", size=len(body))
