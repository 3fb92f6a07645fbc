"""Images as values: descriptors, blobs and what an image consists of.

Names and media types are those of the OCI image specification 1.1.
"""

from pathlib import Path
from typing import Literal

import msgspec

from sparkferry.base.platforms import Platform

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER_GZIP = "application/vnd.oci.image.layer.v1.tar+gzip"
LAYER_ZSTD = "application/vnd.oci.image.layer.v1.tar+zstd"

HOME = "opt/sparkferry"
"""Where interpreter, packages and code lie side by side in an image."""

SPARK = "opt/spark"
"""Where Spark lies in an image."""

PY4J = "python/lib/py4j.zip"
"""Link in :data:`SPARK` to py4j's archive, whose own name has its version: what PYTHONPATH names."""

KIND_LABEL = "io.github.sparkferry.kind"
"""Label of an image that names its kind, so that it can be held to it."""

LIBRARIES_LABEL = "io.github.sparkferry.optional-libraries"
"""Label of an image that names shared libraries without which its packages do, parted by spaces."""

Role = Literal[
    "base", "debian", "java", "spark", "jars", "interpreter", "packages", "code", "settings"
]
"""What a layer is there for, in the order in which layers stand in an image."""


class OciPlatform(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The property ``platform`` of a descriptor."""

    architecture: str
    os: str
    variant: str = ""


class Descriptor(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """What refers to a blob or manifest: its type, digest and size."""

    media_type: str
    digest: str
    """As ``sha256:<hexadecimal>``."""
    size: int
    """In bytes."""
    annotations: dict[str, str] = {}
    artifact_type: str = ""
    platform: OciPlatform | None = None

    @property
    def sha256(self) -> str:
        """The digest without its algorithm."""
        return self.digest.removeprefix("sha256:")


class Remote(msgspec.Struct, frozen=True, kw_only=True):
    """Where a blob is that was not fetched: a repository of a registry."""

    registry: str
    """As ``registry.example:5000``."""
    repository: str


class ImageLayer(msgspec.Struct, frozen=True, kw_only=True):
    """One layer of an image."""

    role: Role
    name: str
    """What is in it, for people: a package and its version, a file, ``base 1/4``."""
    descriptor: Descriptor
    diff_id: str
    """Digest of the uncompressed tar, as ``sha256:<hexadecimal>``."""
    source: Path | Remote
    """The file in the cache, or the repository of the base image that has it."""
    made: Literal["built", "cached", "base"]
    """Whether this run made it, found it in the cache, or took it from the base image."""


class Image(msgspec.Struct, frozen=True, kw_only=True):
    """An image for one platform, complete: what is pushed or written is decided."""

    platform: Platform
    layers: tuple[ImageLayer, ...]
    config: bytes
    manifest: bytes
    config_descriptor: Descriptor
    descriptor: Descriptor
    """Of the manifest."""


class RunImage(msgspec.Struct, frozen=True, kw_only=True):
    """The image that a run runs in, as its plan names it."""

    name: str
    """What it is called where containers are started: no other image ever has this name."""
    digest: str
    """Of its manifest, as ``sha256:<hexadecimal>``."""
    kind: str
    """``dataproc`` or ``spark``."""
    user: str
    """``uid:gid``."""
    has_code: bool
    """Whether the code is in it; else it is mounted."""
    spark_home: str | None
    """Where Spark is in it; None where it is mounted."""
    java_home: str | None
    """Where Java is in it; None where it is mounted."""
    java: int | None
    """Feature version of the Java in it, as 17."""


class ImageIndex(msgspec.Struct, frozen=True, kw_only=True):
    """What a reference points at: one image, or one for each of several platforms."""

    images: tuple[Image, ...]
    index: bytes | None
    """The OCI index; None where there is one image, which then stands for itself."""
    descriptor: Descriptor
    """Of the index, or of the only manifest."""
