"""Pushing: blobs that are missing, then manifests, then the index, then the tag.

In this order, so that whatever can be named in the registry is complete at any moment.
"""

import threading
from collections.abc import Iterator
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import msgspec

from sparkferry.base.cache import Cache
from sparkferry.http.client import WORKERS
from sparkferry.http.meter import Meter
from sparkferry.image.model import Descriptor, Image, ImageIndex, Remote
from sparkferry.image.registry.blobs import fetch_blob, has_blob
from sparkferry.image.registry.client import Registries, Repository
from sparkferry.image.registry.manifests import Manifest, find_manifest, put_manifest
from sparkferry.image.registry.reference import Reference
from sparkferry.image.registry.upload import mount, upload
from sparkferry.progress import QUIET, Progress, Task

How = Literal["sent", "mounted", "there"]
"""Whether a blob was uploaded, taken over from another repository of the registry, or there before."""


class PushedBlob(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one blob."""

    name: str
    """What is in it, for people."""
    digest: str
    size: int
    """In bytes."""
    how: How


class Pushed(msgspec.Struct, frozen=True, kw_only=True):
    """An image that a registry has."""

    reference: Reference
    """With tag, if one was asked for, and digest."""
    layers: tuple[PushedBlob, ...]
    """Each layer once, in the order of the images."""
    configs: tuple[PushedBlob, ...]
    sent: int
    """Bytes of all blobs that were uploaded."""


@dataclass(frozen=True, slots=True)
class _Blob:
    name: str
    descriptor: Descriptor
    source: Path | Remote | bytes


@dataclass(frozen=True, slots=True)
class _Push:
    """What all blobs of one push share."""

    repository: Repository
    registries: Registries
    cache: Cache
    task: Task
    stopped: threading.Event

    def blob(self, blob: _Blob) -> PushedBlob:
        """Have the blob in the repository, and return what became of it."""
        meter = Meter(self.task, self.stopped)
        how: How = "there"
        if not has_blob(self.repository, blob.descriptor.digest):
            how = self._bring(blob, meter)
        meter.at(blob.descriptor.size)
        found = blob.descriptor
        return PushedBlob(name=blob.name, digest=found.digest, size=found.size, how=how)

    def _bring(self, blob: _Blob, meter: Meter) -> How:
        if not isinstance(blob.source, Remote):
            upload(self.repository, blob.descriptor, blob.source, meter)
            return "sent"
        location = ""
        if blob.source.registry == self.repository.registry:
            mounted = mount(self.repository, blob.descriptor, blob.source.repository)
            if mounted is True:
                return "mounted"
            location = mounted
        path = self._fetched(blob.descriptor, blob.source)
        upload(self.repository, blob.descriptor, path, meter, location)
        return "sent"

    def _fetched(self, descriptor: Descriptor, source: Remote) -> Path:
        repository = self.registries.repository(source.registry, source.repository)
        with QUIET.task("") as quiet:
            return fetch_blob(repository, descriptor, self.cache, Meter(quiet, self.stopped)).path


def push(
    index: ImageIndex,
    reference: Reference,
    registries: Registries,
    cache: Cache,
    progress: Progress,
) -> Pushed:
    """Have the registry hold ``index`` as ``reference``, and return what was done for it.

    What is there already is not sent. ``cache`` takes base layers that must be carried from one
    registry to another.

    :raises ExternalError: the registry refused or stayed out of reach; what it got so far is of use to
        the next push.
    """
    repository = registries.repository(reference.registry, reference.repository)
    layers, configs = _layers(index), _configs(index)
    done = _push_blobs((*layers, *configs), repository, registries, cache, progress)
    _push_manifests(index, repository, reference.tag)
    return Pushed(
        reference=msgspec.structs.replace(reference, digest=index.descriptor.digest),
        layers=done[: len(layers)],
        configs=done[len(layers) :],
        sent=sum(blob.size for blob in done if blob.how == "sent"),
    )


def _layers(index: ImageIndex) -> tuple[_Blob, ...]:
    blobs = (
        _Blob(layer.name, layer.descriptor, layer.source)
        for image in index.images
        for layer in image.layers
    )
    return tuple({blob.descriptor.digest: blob for blob in blobs}.values())


def _configs(index: ImageIndex) -> tuple[_Blob, ...]:
    blobs = (
        _Blob(f"configuration {image.platform}", image.config_descriptor, image.config)
        for image in index.images
    )
    return tuple({blob.descriptor.digest: blob for blob in blobs}.values())


def _push_blobs(
    blobs: tuple[_Blob, ...],
    repository: Repository,
    registries: Registries,
    cache: Cache,
    progress: Progress,
) -> tuple[PushedBlob, ...]:
    stopped = threading.Event()
    total = sum(blob.descriptor.size for blob in blobs)
    pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="push")
    with progress.task(f"pushing to {repository}", total) as task:
        work = _Push(repository, registries, cache, task, stopped)
        try:
            waiting = [pool.submit(work.blob, blob) for blob in blobs]
            for future in wait(waiting, return_when=FIRST_EXCEPTION).done:
                future.result()
            return tuple(future.result() for future in waiting)
        finally:
            stopped.set()
            pool.shutdown(wait=True, cancel_futures=True)


def _push_manifests(index: ImageIndex, repository: Repository, tag: str) -> None:
    top = index.descriptor.digest
    tagged = find_manifest(repository, tag) if tag else None
    if tagged and tagged.digest == top:
        return
    for manifest in _manifests(index):
        digest = manifest.descriptor.digest
        if tag and digest == top:
            put_manifest(repository, tag, manifest)
        elif find_manifest(repository, digest) is None:
            put_manifest(repository, digest, manifest)


def _manifests(index: ImageIndex) -> Iterator[Manifest]:
    for image in index.images:
        yield _manifest(image)
    if index.index is not None:
        yield Manifest(descriptor=index.descriptor, body=index.index)


def _manifest(image: Image) -> Manifest:
    return Manifest(descriptor=image.descriptor, body=image.manifest)
