"""Configs, manifests and indexes as bytes: pure functions of the layers and what the image is to run.

The documents are those of the OCI image specification 1.1. Keys are sorted and nothing is indented, so
that the same image has the same digest wherever it is made.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from sparkferry.base.platforms import Platform
from sparkferry.files import sha256_bytes
from sparkferry.image.model import (
    CONFIG,
    INDEX,
    MANIFEST,
    Descriptor,
    Image,
    ImageIndex,
    ImageLayer,
    OciPlatform,
)
from sparkferry.layers.interpreter.tarball import TIME

_PLATFORMS: dict[Platform, OciPlatform] = {
    "linux/amd64": OciPlatform(architecture="amd64", os="linux"),
    "linux/arm64": OciPlatform(architecture="arm64", os="linux", variant="v8"),
}
"""Platforms as Docker's official images write them."""


class ImageConfig(msgspec.Struct, frozen=True, kw_only=True):
    """What a container of the image runs, and as whom."""

    user: str = ""
    """User and group, as ``1099:1099``; root where it is empty."""
    env: Mapping[str, str] = {}
    entrypoint: tuple[str, ...] = ()
    cmd: tuple[str, ...] = ()
    working_dir: str = ""
    labels: Mapping[str, str] = {}
    stop_signal: str = ""
    """As ``SIGTERM``; the engine's own choice where it is empty."""
    created: int = TIME
    """When the image counts as made, in seconds since the epoch."""


def assemble(layers: Sequence[ImageLayer], config: ImageConfig, platform: Platform) -> Image:
    """Return the image of these layers, lowest first."""
    config_bytes = _json(_config(layers, config, _PLATFORMS[platform]))
    config_descriptor = _descriptor(CONFIG, config_bytes)
    manifest = _json(
        {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": config_descriptor,
            "layers": [layer.descriptor for layer in layers],
        }
    )
    return Image(
        platform=platform,
        layers=tuple(layers),
        config=config_bytes,
        manifest=manifest,
        config_descriptor=config_descriptor,
        descriptor=_descriptor(MANIFEST, manifest, _PLATFORMS[platform]),
    )


def index_of(images: Sequence[Image]) -> ImageIndex:
    """Return what a reference to these images, at least one, points at."""
    if len(images) == 1:
        return ImageIndex(images=tuple(images), index=None, descriptor=images[0].descriptor)
    index = _json(
        {
            "schemaVersion": 2,
            "mediaType": INDEX,
            "manifests": [image.descriptor for image in images],
        }
    )
    return ImageIndex(images=tuple(images), index=index, descriptor=_descriptor(INDEX, index))


def _config(
    layers: Sequence[ImageLayer], config: ImageConfig, platform: OciPlatform
) -> dict[str, Any]:
    created = datetime.fromtimestamp(config.created, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {
        **msgspec.to_builtins(platform),
        "created": created,
        "config": _execution(config),
        "rootfs": {"type": "layers", "diff_ids": [layer.diff_id for layer in layers]},
        "history": [
            {"created": created, "created_by": "sparkferry", "comment": _comment(layer)}
            for layer in layers
        ],
    }


def _execution(config: ImageConfig) -> dict[str, Any]:
    values = {
        "User": config.user,
        "Env": [f"{name}={value}" for name, value in sorted(config.env.items())],
        "Entrypoint": config.entrypoint,
        "Cmd": config.cmd,
        "WorkingDir": config.working_dir,
        "Labels": dict(config.labels),
        "StopSignal": config.stop_signal,
    }
    return {name: value for name, value in values.items() if value}


def _comment(layer: ImageLayer) -> str:
    return layer.role if layer.name in {"", layer.role} else f"{layer.role}: {layer.name}"


def _descriptor(media_type: str, content: bytes, platform: OciPlatform | None = None) -> Descriptor:
    return Descriptor(
        media_type=media_type,
        digest=f"sha256:{sha256_bytes(content)}",
        size=len(content),
        platform=platform,
    )


def _json(value: object) -> bytes:
    return msgspec.json.encode(value, order="sorted")
