import json

import pytest

from sparkferry.errors import ExternalError, UserError
from sparkferry.http.meter import Meter
from sparkferry.image.model import LAYER_GZIP, LAYER_ZSTD, Descriptor, OciPlatform
from sparkferry.image.registry.manifests import (
    DOCKER_INDEX,
    DOCKER_MANIFEST,
    Manifest,
    put_manifest,
)
from sparkferry.image.registry.pull import LAYER_TAR, choose, oci_layer, pull, resolve
from sparkferry.image.registry.push import push
from sparkferry.image.registry.reference import parse
from sparkferry.image.registry.upload import upload
from sparkferry.progress import QUIET
from support.image_values import (
    described_as,
    descriptor_of,
    encoded,
    make_image,
    make_index,
    make_layer,
)
from support.registry_logins import Counter
from support.registry_proxy import Fault

AMD64 = "linux/amd64"


@pytest.fixture
def image(tmp_path):
    return make_image(make_layer(tmp_path, "a", b"a"), make_layer(tmp_path, "b", b"b"))


@pytest.fixture
def reference(proxy, registries, cache, image, name):
    """An image behind the proxy."""
    found = parse(f"{proxy.host}/{name}:v1")
    push(make_index(image), found, registries, cache, QUIET)
    proxy.asked.clear()
    return found


def altered(reference, registries, media_type, change):
    """Put what `change` makes of the manifest under the tag ``odd``; return its reference."""
    repository = registries.repository(reference.registry, reference.repository)
    body = change(repository)
    manifest = Manifest(descriptor=descriptor_of(body, media_type), body=body)
    put_manifest(repository, "odd", manifest)
    return parse(f"{reference.registry}/{reference.repository}:odd")


def test_a_base_as_it_was_pushed(reference, registries, cache, image):
    base = pull(reference, AMD64, registries, cache)
    assert base.config == image.config
    assert base.reference.digest == image.descriptor.digest
    assert [(x.name, x.role, x.made) for x in base.layers] == [
        ("base 1/2", "base", "base"),
        ("base 2/2", "base", "base"),
    ]
    for layer, pushed in zip(base.layers, image.layers, strict=True):
        assert layer.descriptor == pushed.descriptor
        assert layer.diff_id == pushed.diff_id


def test_by_digest_nothing_is_asked_twice(reference, registries, cache, proxy):
    locked = resolve(reference, registries)
    first = pull(locked, AMD64, registries, cache)
    proxy.asked.clear()
    assert pull(locked, AMD64, registries, cache) == first
    assert resolve(locked, registries) is locked
    assert proxy.asked == []


def test_docker_s_types_become_oci_s(reference, registries, cache, image):
    def to_docker(repository):
        value = json.loads(image.manifest)
        value["mediaType"] = DOCKER_MANIFEST
        for layer in value["layers"]:
            layer["mediaType"] = "application/vnd.docker.image.rootfs.diff.tar.gzip"
        value["config"]["mediaType"] = "application/vnd.docker.container.image.v1+json"
        return encoded(value)

    def to_list(repository):
        manifest = {
            "mediaType": DOCKER_MANIFEST, "digest": docker.digest, "size": 1,
            "platform": {"architecture": "amd64", "os": "linux", "os.version": "1"},
        }  # fmt: skip
        value = {"schemaVersion": 2, "mediaType": DOCKER_INDEX, "manifests": [manifest]}
        return encoded(value)

    odd = altered(reference, registries, DOCKER_MANIFEST, to_docker)
    docker = resolve(odd, registries)
    found = pull(odd, AMD64, registries, cache)
    assert [layer.descriptor for layer in found.layers] == [x.descriptor for x in image.layers]
    listed = altered(reference, registries, DOCKER_INDEX, to_list)
    assert pull(listed, AMD64, registries, cache).descriptor == found.descriptor


def test_a_manifest_without_a_type_is_one(reference, registries, cache, image, proxy):
    value = json.loads(image.manifest)
    del value["mediaType"]
    body = encoded(value)
    proxy.faults = [
        Fault("HEAD", "manifests", 404),
        Fault("GET", "manifests", 200, times=2, body=body),
    ]
    assert pull(reference, AMD64, registries, cache).config == image.config


def test_another_platform_is_refused(reference, registries, cache):
    with pytest.raises(UserError, match="it is for linux/amd64, not linux/arm64"):
        pull(reference, "linux/arm64", registries, cache)


def test_what_is_not_there(reference, registries, cache):
    missing = parse(f"{reference.registry}/{reference.repository}:missing")
    with pytest.raises(ExternalError, match="MANIFEST_UNKNOWN"):
        pull(missing, AMD64, registries, cache)


def served(proxy, value):
    """Have the registry serve ``value`` in place of a manifest."""
    body = value if isinstance(value, bytes) else encoded(value)
    proxy.faults = [
        Fault("HEAD", "manifests", 404, times=99),
        Fault("GET", "manifests", 200, times=99, body=body),
    ]


@pytest.fixture
def pull_altered(reference, registries, cache, image, proxy):
    """Pull the image with a manifest in which something is other."""

    def attempt(change):
        served(proxy, {**json.loads(image.manifest), **change})
        return pull(reference, AMD64, registries, cache)

    return attempt


@pytest.mark.parametrize(
    ("change", "kind", "reason"),
    [
        ({"schemaVersion": 1, "history": []}, UserError, "format schema 1"),
        ({"mediaType": "application/x-helm"}, UserError, "`application/x-helm` is not an image"),
        ({"config": None}, ExternalError, "names no configuration"),
        ({"config": 1}, ExternalError, "its manifest is none"),
        ({"layers": []}, ExternalError, "it has 0 layers and 2 digests"),
    ],
)
def test_what_is_no_image(pull_altered, change, kind, reason):
    with pytest.raises(kind, match=reason):
        pull_altered(change)


@pytest.mark.parametrize("digest", ["sha256:../../x", "sha512:" + "0" * 128, ""])
def test_digests_that_are_none(reference, registries, cache, image, proxy, digest):
    value = json.loads(image.manifest)
    served(proxy, {**value, "config": {**value["config"], "digest": digest}})
    with pytest.raises(ExternalError, match="is no SHA-256 digest"):
        pull(reference, AMD64, registries, cache)


def test_a_configuration_that_is_none(reference, registries, cache, image, proxy):
    blob = descriptor_of(b"[]", "application/json")
    repository = registries.repository(reference.registry, reference.repository)
    upload(repository, blob, b"[]", Meter(Counter()))
    served(proxy, {**json.loads(image.manifest), "config": described_as(blob)})
    with pytest.raises(ExternalError, match="its configuration is none"):
        pull(reference, AMD64, registries, cache)


def test_a_configuration_without_end(reference, registries, cache, image, proxy):
    value = json.loads(image.manifest)
    served(proxy, {**value, "config": {**value["config"], "size": 1 << 30}})
    with pytest.raises(ExternalError, match="it is said to have 1073741824 bytes"):
        pull(reference, AMD64, registries, cache)


def described(name):
    system, architecture, *variant = name.split("/")
    platform = OciPlatform(architecture=architecture, os=system, variant="".join(variant))
    return Descriptor(media_type="m", digest=name, size=1, platform=platform)


@pytest.mark.parametrize(
    ("platform", "names", "expected"),
    [
        (AMD64, ["linux/386", "linux/amd64/v3", "linux/amd64"], "linux/amd64"),
        (AMD64, ["linux/amd64/v3", "linux/amd64/v1"], "linux/amd64/v1"),
        ("linux/arm64", ["linux/arm/v7", "linux/arm64/v9", "linux/arm64/v8"], "linux/arm64/v8"),
        ("linux/arm64", ["linux/amd64", "linux/arm64"], "linux/arm64"),
    ],
)
def test_the_image_for_a_platform(platform, names, expected):
    assert choose(map(described, names), platform, "app").digest == expected


def test_no_image_for_a_platform():
    names = ["linux/s390x", "windows/amd64", "unknown/unknown"]
    bare = Descriptor(media_type="m", digest="d", size=1)
    with pytest.raises(
        UserError, match="nothing for linux/amd64, but for linux/s390x, windows/amd"
    ):
        choose([bare, *map(described, names)], AMD64, "app")


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("application/vnd.docker.image.rootfs.diff.tar", LAYER_TAR),
        ("application/vnd.docker.image.rootfs.diff.tar.zstd", LAYER_ZSTD),
        (LAYER_GZIP, LAYER_GZIP),
    ],
)
def test_types_of_layers(theirs, ours):
    found = oci_layer(Descriptor(media_type=theirs, digest="d", size=1), "app")
    assert found == Descriptor(media_type=ours, digest="d", size=1)


def test_a_layer_that_is_elsewhere_is_refused():
    foreign = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"
    with pytest.raises(UserError, match="foreign"):
        oci_layer(Descriptor(media_type=foreign, digest="d", size=1), "app")
