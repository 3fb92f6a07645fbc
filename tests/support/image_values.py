"""Images as values, of layers that tests make up: what is pushed and pulled."""

import hashlib
import json
from pathlib import Path
from typing import Any

from sparkferry.image.model import (
    CONFIG,
    INDEX,
    LAYER_GZIP,
    MANIFEST,
    Descriptor,
    Image,
    ImageIndex,
    ImageLayer,
    OciPlatform,
)
from support.tars import member, tar


def digest_of(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def descriptor_of(data: bytes, media_type: str, **more: Any) -> Descriptor:
    return Descriptor(media_type=media_type, digest=digest_of(data), size=len(data), **more)


def make_layer(directory: Path, name: str, content: bytes = b"") -> ImageLayer:
    """Make a layer of one file ``name``, in ``directory``."""
    import gzip

    plain = tar(member(name, content))
    data = gzip.compress(plain, 1 if len(content) < 1 << 20 else 0, mtime=0)
    path = directory / f"{name}.tar.gz"
    path.write_bytes(data)
    return ImageLayer(
        role="packages",
        name=name,
        descriptor=descriptor_of(data, LAYER_GZIP),
        diff_id=digest_of(plain),
        source=path,
        made="built",
    )


def make_image(*layers: ImageLayer, platform: str = "linux/amd64") -> Image:
    """Make an image of these layers."""
    system, architecture = platform.split("/")
    rootfs = {"type": "layers", "diff_ids": [layer.diff_id for layer in layers]}
    config = encoded({"architecture": architecture, "os": system, "config": {}, "rootfs": rootfs})
    described = descriptor_of(config, CONFIG)
    manifest = encoded(
        {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": described_as(described),
            "layers": [described_as(layer.descriptor) for layer in layers],
        }
    )
    return Image(
        platform=platform,
        layers=layers,
        config=config,
        manifest=manifest,
        config_descriptor=described,
        descriptor=descriptor_of(
            manifest, MANIFEST, platform=OciPlatform(architecture=architecture, os=system)
        ),
    )


def make_index(*images: Image) -> ImageIndex:
    """Make what a reference points at: of one image, the image itself."""
    if len(images) == 1:
        return ImageIndex(images=images, index=None, descriptor=images[0].descriptor)
    manifests = [described_as(image.descriptor) for image in images]
    index = encoded({"schemaVersion": 2, "mediaType": INDEX, "manifests": manifests})
    return ImageIndex(images=images, index=index, descriptor=descriptor_of(index, INDEX))


def described_as(descriptor: Descriptor) -> dict[str, Any]:
    import msgspec

    return msgspec.to_builtins(descriptor)


def encoded(value: dict[str, Any]) -> bytes:
    return json.dumps(value).encode()
