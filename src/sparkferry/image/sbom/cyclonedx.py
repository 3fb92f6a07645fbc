"""The bill of materials after CycloneDX 1.6: the same image gives the same bytes."""

from collections.abc import Iterator
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import msgspec

from sparkferry.image.debian.model import Architecture, Installed, Locked, Suite
from sparkferry.image.registry.referrers import Artifact
from sparkferry.image.sbom import purl
from sparkferry.layers.model import Wheel

MEDIA_TYPE = "application/vnd.cyclonedx+json"
"""As registered with IANA; also the type of the artifact that is attached to an image."""

Component = dict[str, Any]


class Materials(msgspec.Struct, frozen=True, kw_only=True):
    """What an image for one platform is made of."""

    name: str
    """Of the image, as ``titanic``."""
    digest: str
    """Of its manifest, as ``sha256:<hexadecimal>``."""
    created: str
    """When the image counts as made, after RFC 3339."""
    suite: Suite
    architecture: Architecture
    debian: tuple[Locked, ...]
    """Packages that were put into it."""
    installed: tuple[Installed, ...] = ()
    """Packages that its base image had."""
    wheels: tuple[Wheel, ...]
    python: str
    """Full version of the interpreter."""
    spark: str | None = None
    """Full version of the Spark that is in it."""


def bill(materials: Materials) -> bytes:
    """Return the document as JSON.

    Its serial number comes from the image's digest, its time is the image's.
    """
    image = _component(
        "container",
        materials.name,
        materials.digest,
        purl.of_image(materials.name, materials.digest, materials.architecture),
    )
    value = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": uuid5(NAMESPACE_URL, materials.digest).urn,
        "version": 1,
        "metadata": {
            "timestamp": materials.created,
            "tools": {"components": [{"type": "application", "name": "sparkferry"}]},
            "component": image,
        },
        "components": _unique(_components(materials)),
    }
    return msgspec.json.encode(value, order="sorted")


def bill_artifact(materials: Materials) -> Artifact:
    """Return the document as what is attached to the image in its registry."""
    return Artifact(
        artifact_type=MEDIA_TYPE,
        media_type=MEDIA_TYPE,
        content=bill(materials),
        annotations={"org.opencontainers.image.created": materials.created},
    )


def _components(materials: Materials) -> Iterator[Component]:
    python = materials.python
    yield _component("platform", "cpython", python, purl.of_python(python))
    if materials.spark is not None:
        yield _component("framework", "spark", materials.spark, purl.of_spark(materials.spark))
    for wheel in materials.wheels:
        made = _component("library", wheel.name, wheel.version, purl.of_wheel(wheel))
        yield {**made, **_file(wheel.filename, wheel.sha256)}
    for package in materials.debian:
        name, version = package.name, package.version
        url = purl.of_debian(name, version, package.architecture, materials.suite)
        yield {
            **_component("library", name, version, url),
            **_file(package.file, package.sha256),
        }
    for present in materials.installed:
        name, version = present.name, present.version
        url = purl.of_debian(name, version, present.architecture, materials.suite)
        yield _component("library", name, version, url)


def _component(kind: str, name: str, version: str, url: str) -> Component:
    return {"type": kind, "name": name, "version": version, "purl": url, "bom-ref": url}


def _file(name: str, sha256: str) -> Component:
    return {
        "hashes": [{"alg": "SHA-256", "content": sha256}],
        "properties": [{"name": "sparkferry:file", "value": name}],
    }


def _unique(components: Iterator[Component]) -> list[Component]:
    """Return the components by their URL; of two the first, which says more."""
    found: dict[str, Component] = {}
    for component in components:
        found.setdefault(component["bom-ref"], component)
    return [found[url] for url in sorted(found)]
