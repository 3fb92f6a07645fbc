import json
import os
import subprocess

import msgspec
import pytest

from sparkferry.image.model import Remote
from sparkferry.image.registry.manifests import get_manifest, list_tags
from sparkferry.image.registry.pull import fetch_layer, pull
from sparkferry.image.registry.push import push
from sparkferry.image.registry.reference import parse
from sparkferry.progress import QUIET
from support.image_values import make_image, make_index, make_layer
from support.registry_logins import Counter, log_in

SOME = os.urandom(300_000)


@pytest.fixture
def image(tmp_path):
    return make_image(make_layer(tmp_path, "big", SOME), make_layer(tmp_path, "small", b"x"))


def skopeo(*args):
    done = subprocess.run(["skopeo", *args], capture_output=True, check=True, timeout=60)
    return done.stdout


def how(pushed):
    return [blob.how for blob in (*pushed.layers, *pushed.configs)]


def test_what_is_pushed_is_what_skopeo_reads(registry, registries, cache, image, name, tmp_path):
    reference = parse(f"{registry.host}/{name}:v1")
    pushed = push(make_index(image), reference, registries, cache, QUIET)
    assert str(pushed.reference) == f"{reference}@{image.descriptor.digest}"
    assert how(pushed) == ["sent", "sent", "sent"]
    assert pushed.sent == sum(x.descriptor.size for x in image.layers) + len(image.config)

    seen = json.loads(skopeo("inspect", "--tls-verify=false", f"docker://{reference}"))
    assert seen["Digest"] == image.descriptor.digest
    assert seen["Layers"] == [layer.descriptor.digest for layer in image.layers]
    skopeo("copy", "--src-tls-verify=false", f"docker://{reference}", f"dir:{tmp_path}/copy")
    for layer in image.layers:
        copied = tmp_path / "copy" / layer.descriptor.sha256
        assert copied.read_bytes() == layer.source.read_bytes()
    assert (tmp_path / "copy/manifest.json").read_bytes() == image.manifest


def test_pushed_twice_nothing_is_sent(proxy, registries, cache, image, name):
    reference = parse(f"{proxy.host}/{name}:v1")
    push(make_index(image), reference, registries, cache, QUIET)
    proxy.asked.clear()
    again = push(make_index(image), reference, registries, cache, QUIET)
    assert how(again) == ["there", "there", "there"]
    assert again.sent == 0
    assert set(proxy.methods()) == {"HEAD"}
    assert len(proxy.asked) == 4


def test_a_changed_layer_alone_is_sent(proxy, registries, cache, image, name, tmp_path):
    reference = parse(f"{proxy.host}/{name}:v1")
    push(make_index(image), reference, registries, cache, QUIET)
    proxy.asked.clear()
    changed = make_image(image.layers[0], make_layer(tmp_path, "small", b"y"))
    again = push(make_index(changed), reference, registries, cache, QUIET)
    assert how(again) == ["there", "sent", "sent"]
    assert sum(it.size for it in proxy.asked) == again.sent + len(changed.manifest)
    assert again.sent < 2000


def test_several_platforms_share_layers(proxy, registries, cache, image, name, tmp_path):
    reference = parse(f"{proxy.host}/{name}:both")
    other = make_image(image.layers[0], make_layer(tmp_path, "arm", b"arm"), platform="linux/arm64")
    pushed = push(make_index(image, other), reference, registries, cache, QUIET)
    assert [blob.name for blob in pushed.layers] == ["big", "small", "arm"]
    assert [blob.name for blob in pushed.configs] == [
        "configuration linux/amd64",
        "configuration linux/arm64",
    ]
    assert proxy.methods("blobs/uploads/.*digest=").count("PUT") == 5
    puts = [
        it.path.rpartition("/")[2]
        for it in proxy.asked
        if "manifests" in it.path and it.method == "PUT"
    ]
    assert puts == [image.descriptor.digest, other.descriptor.digest, "both"]
    for platform, pushed_image in (("linux/amd64", image), ("linux/arm64", other)):
        found = pull(reference, platform, registries, cache)
        assert found.config == pushed_image.config
        assert found.descriptor.digest == pushed_image.descriptor.digest


def test_without_a_tag_the_digest_names_it(registry, registries, cache, image, name):
    reference = parse(f"{registry.host}/{name}")
    pushed = push(make_index(image), reference, registries, cache, QUIET)
    assert str(pushed.reference) == f"{reference}@{image.descriptor.digest}"
    repository = registries.repository(registry.host, name)
    assert list_tags(repository) == ()
    assert get_manifest(repository, image.descriptor.digest).body == image.manifest


def based_on(pulled, *layers):
    return make_index(make_image(*pulled.layers, *layers))


def test_a_base_of_the_same_registry_is_mounted(proxy, registries, cache, image, name, tmp_path):
    push(make_index(image), parse(f"{proxy.host}/{name}/base:1"), registries, cache, QUIET)
    base = pull(parse(f"{proxy.host}/{name}/base:1"), "linux/amd64", registries, cache)
    assert {layer.source for layer in base.layers} == {
        Remote(registry=proxy.host, repository=f"{name}/base")
    }
    proxy.asked.clear()
    index = based_on(base, make_layer(tmp_path, "code", b"print()"))
    pushed = push(index, parse(f"{proxy.host}/{name}/app:1"), registries, cache, QUIET)
    assert how(pushed) == ["mounted", "mounted", "sent", "sent"]
    assert sum(it.size for it in proxy.asked) < 3000


def test_a_base_of_another_registry_is_carried_over(
    registry, basic_registry, registries, cache, image, environ
):
    name = "tests/carried"
    push(make_index(image), parse(f"{registry.host}/{name}:1"), registries, cache, QUIET)
    base = pull(parse(f"{registry.host}/{name}:1"), "linux/amd64", registries, cache)
    log_in(environ, basic_registry.host)
    target = parse(f"{basic_registry.host}/{name}:1")
    pushed = push(based_on(base), target, registries, cache, QUIET)
    assert how(pushed) == ["sent", "sent", "sent"]
    assert cache.find_file("blobs", image.layers[0].descriptor.sha256)
    found = pull(target, "linux/amd64", registries, cache)
    assert [layer.diff_id for layer in found.layers] == [layer.diff_id for layer in image.layers]


def test_bytes_are_shown_once(proxy, registries, cache, image, name):
    progress = Counter()
    push(make_index(image), parse(f"{proxy.host}/{name}:1"), registries, cache, progress)
    total = sum(layer.descriptor.size for layer in image.layers) + len(image.config)
    assert progress.done == progress.total == total


def test_a_fetched_layer_is_the_file(registry, registries, cache, image, name):
    reference = parse(f"{registry.host}/{name}:1")
    push(make_index(image), reference, registries, cache, QUIET)
    layer = pull(reference, "linux/amd64", registries, cache).layers[0]
    fetched = fetch_layer(layer, registries, cache)
    assert fetched.source.read_bytes() == image.layers[0].source.read_bytes()
    assert fetch_layer(fetched, registries, cache) is fetched
    assert msgspec.structs.replace(fetched, source=layer.source) == layer
