import json
from pathlib import Path

from sparkferry.files import sha256_bytes
from sparkferry.image.manifest import ImageConfig, assemble, index_of
from sparkferry.image.model import (
    CONFIG,
    INDEX,
    LAYER_GZIP,
    MANIFEST,
    Descriptor,
    ImageLayer,
    OciPlatform,
    Role,
)


def layer(role: Role, name: str, digest: str) -> ImageLayer:
    return ImageLayer(
        role=role,
        name=name,
        descriptor=Descriptor(media_type=LAYER_GZIP, digest=f"sha256:{digest * 64}", size=9),
        diff_id=f"sha256:{digest * 63}d",
        source=Path("layer.tar.gz"),
        made="built",
    )


LAYERS = (layer("base", "base 1/1", "a"), layer("code", "code", "b"))
CONFIG_VALUE = ImageConfig(
    user="185:0",
    env={"PATH": "/bin", "A": "b=c"},
    entrypoint=("/usr/bin/tini", "--"),
    cmd=("driver",),
    working_dir="/opt/spark",
    labels={"org.opencontainers.image.revision": "abc"},
    stop_signal="SIGTERM",
    created=1_700_000_000,
)


def test_the_config_says_what_runs() -> None:
    image = assemble(LAYERS, CONFIG_VALUE, "linux/amd64")
    assert json.loads(image.config) == {
        "architecture": "amd64",
        "os": "linux",
        "created": "2023-11-14T22:13:20Z",
        "config": {
            "User": "185:0",
            "Env": ["A=b=c", "PATH=/bin"],
            "Entrypoint": ["/usr/bin/tini", "--"],
            "Cmd": ["driver"],
            "WorkingDir": "/opt/spark",
            "Labels": {"org.opencontainers.image.revision": "abc"},
            "StopSignal": "SIGTERM",
        },
        "rootfs": {"type": "layers", "diff_ids": [x.diff_id for x in LAYERS]},
        "history": [
            {
                "created": "2023-11-14T22:13:20Z",
                "created_by": "sparkferry",
                "comment": comment,
            }
            for comment in ("base: base 1/1", "code")
        ],
    }


def test_what_is_not_said_is_not_there() -> None:
    image = assemble(LAYERS, ImageConfig(), "linux/arm64")
    config = json.loads(image.config)
    assert config["config"] == {}
    assert config["created"] == "1980-01-01T00:00:00Z"
    assert (config["architecture"], config["variant"]) == ("arm64", "v8")


def test_the_manifest_refers_to_config_and_layers() -> None:
    image = assemble(LAYERS, CONFIG_VALUE, "linux/amd64")
    manifest = json.loads(image.manifest)
    assert (manifest["schemaVersion"], manifest["mediaType"]) == (2, MANIFEST)
    assert manifest["config"] == {
        "mediaType": CONFIG,
        "digest": f"sha256:{sha256_bytes(image.config)}",
        "size": len(image.config),
    }
    assert [x["digest"] for x in manifest["layers"]] == [x.descriptor.digest for x in LAYERS]
    assert image.descriptor == Descriptor(
        media_type=MANIFEST,
        digest=f"sha256:{sha256_bytes(image.manifest)}",
        size=len(image.manifest),
        platform=OciPlatform(architecture="amd64", os="linux"),
    )


def test_the_order_of_mappings_does_not_matter() -> None:
    one = ImageConfig(env={"A": "1", "B": "2"}, labels={"a": "1", "b": "2"})
    other = ImageConfig(env={"B": "2", "A": "1"}, labels={"b": "2", "a": "1"})
    assert assemble(LAYERS, one, "linux/amd64") == assemble(LAYERS, other, "linux/amd64")


def test_one_image_stands_for_itself() -> None:
    image = assemble(LAYERS, CONFIG_VALUE, "linux/amd64")
    found = index_of([image])
    assert (found.images, found.index, found.descriptor) == ((image,), None, image.descriptor)


def test_several_images_have_an_index() -> None:
    images = [assemble(LAYERS, CONFIG_VALUE, x) for x in ("linux/amd64", "linux/arm64")]
    found = index_of(images)
    assert found.index is not None
    assert found.descriptor.media_type == INDEX
    assert found.descriptor.digest == f"sha256:{sha256_bytes(found.index)}"
    index = json.loads(found.index)
    assert [x["digest"] for x in index["manifests"]] == [x.descriptor.digest for x in images]
    assert [x["platform"] for x in index["manifests"]] == [
        {"architecture": "amd64", "os": "linux"},
        {"architecture": "arm64", "os": "linux", "variant": "v8"},
    ]
