"""Every request of the client against registries of others: what one takes, another may refuse.

``crane registry serve`` is of go-containerregistry; where crane is not installed, its part is skipped.
"""

import os
import shutil
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest

from sparkferry.base.cache import Cache
from sparkferry.image.registry import upload as upload_module
from sparkferry.image.registry.client import Registries
from sparkferry.image.registry.manifests import find_manifest, list_tags
from sparkferry.image.registry.pull import fetch_layer, pull
from sparkferry.image.registry.push import push
from sparkferry.image.registry.reference import parse
from sparkferry.image.registry.referrers import Artifact, attach
from sparkferry.progress import QUIET
from support.image_values import make_image, make_index, make_layer
from support.referrers import list_referrers
from support.registry_proxy import Fault, proxying
from support.registry_server import free_port


@pytest.fixture(scope="module")
def crane(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if shutil.which("crane") is None:
        pytest.skip("crane is not installed")
    host = f"127.0.0.1:{free_port()}"
    files = tmp_path_factory.mktemp("crane")
    argv = ["setpriv", "--pdeathsig", "TERM", "crane", "registry", "serve", "--address", host]
    with (files / "log").open("wb") as log:
        process = subprocess.Popen([*argv, "--disk", str(files)], stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + 60
        while not answers(host):
            assert time.monotonic() < deadline
            time.sleep(0.01)
        yield host
    finally:
        process.kill()
        process.wait()


def answers(host):
    try:
        urllib.request.urlopen(f"http://{host}/v2/").close()
    except urllib.error.HTTPError as error:
        error.close()
        return False
    except OSError:
        return False
    return True


@pytest.fixture(params=["docker-registry", "crane"])
def upstream(request):
    if request.param == "crane":
        return request.getfixturevalue("crane")
    return request.getfixturevalue("registry").host


@pytest.mark.parametrize("in_chunks", [False, True])
def test_every_request_is_taken(upstream, in_chunks, tmp_path, monkeypatch):
    monkeypatch.setattr(upload_module, "CHUNK", 1 << 20)
    cache = Cache(tmp_path / "cache")
    layers = [
        make_layer(tmp_path, "small", b"small"),
        make_layer(tmp_path, "big", os.urandom(5 << 19)),
    ]
    images = [make_image(*layers), make_image(layers[1], platform="linux/arm64")]
    name = f"tests/conformance-{'chunks' if in_chunks else 'whole'}"
    with (
        proxying(upstream) as proxy,
        Registries(environ={"HOME": str(tmp_path)}) as registries,
    ):
        if in_chunks:
            proxy.faults = [Fault("PUT", f"uploads.*{layers[1].descriptor.sha256}", 413)]
        reference = parse(f"{proxy.host}/{name}:v1")
        push(make_index(*images), reference, registries, cache, QUIET)
        assert proxy.methods().count("PATCH") == (3 if in_chunks else 0)
        base = pull(reference, "linux/amd64", registries, cache)
        for layer, pushed in zip(base.layers, images[0].layers, strict=True):
            fetched = fetch_layer(layer, registries, cache)
            assert fetched.source.read_bytes() == pushed.source.read_bytes()
        based = make_index(make_image(*base.layers))
        app = push(based, parse(f"{proxy.host}/{name}-app:v1"), registries, cache, QUIET)
        assert {layer.how for layer in app.layers} <= {"mounted", "there"}
        repository = registries.repository(proxy.host, name)
        note = Artifact(artifact_type="text/x-note", media_type="text/plain", content=b"hello")
        attached = attach(repository, images[0].descriptor, note)
        found = list_referrers(repository, images[0].descriptor.digest, note.artifact_type)
        assert [item.digest for item in found] == [attached.digest]
        assert "v1" in list_tags(repository)
        assert find_manifest(repository, "missing") is None
        proxy.asked.clear()
        push(make_index(*images), reference, registries, cache, QUIET)
        assert set(proxy.methods()) == {"HEAD"}
        refused = [it for it in proxy.asked if it.status >= 400]
        assert refused == []
