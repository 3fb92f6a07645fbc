"""What a carrier of archives puts into a store."""

import hashlib

import pytest

from sparkferry.base.cache import Cache
from sparkferry.carriers.api import Artifacts
from sparkferry.carriers.archives import MAIN, ArchiveCarrier
from sparkferry.env import Env
from sparkferry.layers.model import Environment, Layer, Layers
from sparkferry.snapshot.model import Snapshot
from sparkferry.store.directory.store import DirectoryStore
from support.plans import make_facts


@pytest.fixture
def artifacts(tmp_path) -> Artifacts:
    path = tmp_path / "code.zip"
    path.write_bytes(b"code")
    digest = hashlib.sha256(b"code").hexdigest()
    layers = Layers(
        environment=Environment(python="3.12.1", platform="linux/amd64", glibc=(2, 36)),
        layers=(Layer(kind="code", digest=digest, size=4, path=path),),
        packages={},
        lock_sha256=None,
    )
    snapshot = Snapshot(root=tmp_path, files=(), branch="main", head=None, tree=None)
    return Artifacts(snapshot=snapshot, layers=layers, facts=make_facts())


def test_layers_and_the_drivers_program_are_where_they_were_located(artifacts, tmp_path):
    store = DirectoryStore(tmp_path / "store")
    carrier = ArchiveCarrier(store)
    where = carrier.locate(artifacts)
    assert list(store.list()) == []
    assert carrier.publish(artifacts, Env(cache=Cache(tmp_path / "cache"), environ={})) == where
    (layer,) = where.layers
    assert store.get(layer.key) == b"code"
    assert (layer.uri, where.main) == (store.uri(layer.key), store.uri(MAIN))
    assert b"sparkferry.runtime.main" in store.get(MAIN)


def test_executors_may_read_the_store_by_another_url(artifacts, tmp_path):
    where = ArchiveCarrier(DirectoryStore(tmp_path), "https://files.example/x/").locate(artifacts)
    assert where.main == f"https://files.example/x/{MAIN}"
    assert where.layers[0].uri == f"https://files.example/x/{where.layers[0].key}"
