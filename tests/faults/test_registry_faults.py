"""Registries that are killed, forget, lie, or are slow; and a disk that is full while pulling."""

import os
import threading
import time

import pytest

from sparkferry.base.cache import Cache
from sparkferry.errors import ExternalError
from sparkferry.image.registry.client import Registries
from sparkferry.image.registry.pull import fetch_layer, pull
from sparkferry.image.registry.push import push
from sparkferry.image.registry.reference import parse
from sparkferry.progress import QUIET
from support.clocks import FakeClock
from support.image_values import make_image, make_index, make_layer
from support.registry_logins import Counter
from support.registry_proxy import Fault, proxying

MEGABYTE = 1 << 20
AMD64 = "linux/amd64"


@pytest.fixture
def cache(tmp_path):
    return Cache(tmp_path / "cache")


@pytest.fixture
def registries(tmp_path):
    with Registries(environ={"HOME": str(tmp_path)}) as found:
        yield found


@pytest.fixture
def image(tmp_path):
    layers = [make_layer(tmp_path, f"layer-{n}", os.urandom(5 * MEGABYTE)) for n in range(3)]
    return make_image(*layers)


class KillsMidway(Counter):
    """A progress that has the registry killed when a part of the bytes was sent; it comes back."""

    def __init__(self, registry, after):
        super().__init__()
        self.registry, self.after = registry, after
        self.was_killed = False
        self.over = threading.Event()
        self._lock = threading.Lock()

    def advance(self, amount):
        with self._lock:
            super().advance(amount)
            if not self.was_killed and self.done > self.after:
                self.was_killed = True
                self.registry.kill()
                threading.Thread(target=self.come_back).start()

    def come_back(self):
        self.registry.start()
        # Who starts it must outlive it: it ends with its starter.
        self.over.wait(120)


@pytest.mark.parametrize("after", [1, 4 * MEGABYTE, 11 * MEGABYTE])
def test_a_registry_that_is_killed_and_comes_back(
    restartable_registry, registries, cache, image, after
):
    reference = parse(f"{restartable_registry.host}/tests/killed:1")
    progress = KillsMidway(restartable_registry, after)
    try:
        push(make_index(image), reference, registries, cache, progress)
        base = pull(reference, AMD64, registries, cache)
        for layer, pushed in zip(base.layers, image.layers, strict=True):
            fetched = fetch_layer(layer, registries, cache)
            assert fetched.source.read_bytes() == pushed.source.read_bytes()
    finally:
        progress.over.set()
    assert progress.was_killed
    assert progress.done == progress.total


def test_a_registry_that_stays_away(restartable_registry, tmp_path, cache, image):
    reference = parse(f"{restartable_registry.host}/tests/away:1")
    with (
        proxying(restartable_registry.host) as proxy,
        Registries(environ={"HOME": str(tmp_path)}, clock=FakeClock()) as registries,
    ):
        push(make_index(image), parse(f"{proxy.host}/tests/away:1"), registries, cache, QUIET)
        restartable_registry.kill()
        with pytest.raises(ExternalError, match="could not look for the blob") as caught:
            push(make_index(image), parse(f"{proxy.host}/tests/away:2"), registries, cache, QUIET)
        assert "check the network" in caught.value.hint
        restartable_registry.start()
    with Registries(environ={"HOME": str(tmp_path)}) as others:
        pushed = push(make_index(image), reference, others, cache, QUIET)
        assert {layer.how for layer in pushed.layers} == {"there"}


def test_many_faults_at_once(registry, tmp_path, cache, image):
    with (
        proxying(registry.host) as proxy,
        Registries(environ={"HOME": str(tmp_path)}, clock=FakeClock()) as registries,
    ):
        proxy.faults = [
            Fault("GET", "/v2/$", "drop"),
            Fault("HEAD", "blobs", 500),
            Fault("HEAD", "blobs", "deaf"),
            Fault("POST", "uploads", 503, headers={"Retry-After": "3"}),
            Fault("POST", "uploads", "deaf"),
            Fault("PUT", "uploads", "drop"),
            Fault("PUT", "uploads", "deaf"),
            Fault("PUT", "uploads", 429),
            Fault("PUT", "manifests", 502),
            Fault("PUT", "manifests", "deaf"),
        ]
        reference = parse(f"{proxy.host}/tests/many:1")
        pushed = push(make_index(image), reference, registries, cache, QUIET)
        assert pushed.reference.digest == image.descriptor.digest
        proxy.faults = [
            Fault("GET", "manifests", "half"),
            Fault("GET", "blobs", "half", times=3),
            Fault("GET", "blobs", "drop"),
            Fault("GET", "blobs", 500),
        ]
        base = pull(reference, AMD64, registries, cache)
        for layer, sent in zip(base.layers, image.layers, strict=True):
            fetched = fetch_layer(layer, registries, cache)
            assert fetched.source.read_bytes() == sent.source.read_bytes()
        assert not any(fault.times for fault in proxy.faults)


def test_one_blob_that_fails_ends_the_others(registry, registries, cache, image):
    begin = time.monotonic()
    with proxying(registry.host) as proxy:
        digest = image.layers[0].descriptor.sha256
        proxy.faults = [Fault("PUT", f"uploads.*{digest}", 403, times=9)]
        with pytest.raises(ExternalError, match=f"could not push the blob `sha256:{digest}`"):
            push(make_index(image), parse(f"{proxy.host}/tests/one:1"), registries, cache, QUIET)
        assert proxy.methods("manifests") == []
    assert time.monotonic() - begin < 60


@pytest.mark.parametrize("kind", ["corrupt", "longer"])
def test_a_registry_that_lies_about_a_layer(registry, registries, cache, image, kind):
    with proxying(registry.host) as proxy:
        reference = parse(f"{proxy.host}/tests/lies:1")
        push(make_index(image), reference, registries, cache, QUIET)
        base = pull(reference, AMD64, registries, cache)
        proxy.faults = [Fault("GET", "blobs", kind)]
        with pytest.raises(ExternalError, match=r"the (registry|server) sent"):
            fetch_layer(base.layers[0], registries, cache)
        assert cache.find_file("blobs", base.layers[0].descriptor.sha256) is None
        assert fetch_layer(base.layers[0], registries, cache).source.is_file()


def test_a_full_disk_while_pulling(registry, registries, cache, image, small_disk):
    reference = parse(f"{registry.host}/tests/full:1")
    push(make_index(image), reference, registries, cache, QUIET)
    small = Cache(small_disk / "cache")
    base = pull(reference, AMD64, registries, small)
    with pytest.raises(ExternalError, match="its disk is full") as caught:
        fetch_layer(base.layers[0], registries, small)
    assert "sparkferry gc" in caught.value.hint
    assert small.find_file("blobs", base.layers[0].descriptor.sha256) is None
    assert list((small.root / "tmp").iterdir()) == []
    assert fetch_layer(base.layers[0], registries, cache).source.is_file()


def test_two_pushes_at_once(registry, registries, cache, image):
    references = [parse(f"{registry.host}/tests/two:{number}") for number in range(2)]
    done = []

    def work(reference):
        done.append(push(make_index(image), reference, registries, cache, QUIET))

    threads = [threading.Thread(target=work, args=(reference,)) for reference in references]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {pushed.reference.digest for pushed in done} == {image.descriptor.digest}
    assert len(done) == 2
