import pytest

from sparkferry.errors import ExternalError
from sparkferry.http.meter import Meter
from sparkferry.image.registry.blobs import fetch_blob, has_blob
from sparkferry.image.registry.upload import upload
from support.registry_logins import Counter
from support.registry_proxy import Fault

SIZE = 3_000_000


@pytest.fixture
def repository(proxy, registries, name, blob, data):
    """A repository that has the blob."""
    found = registries.repository(proxy.host, name)
    upload(found, blob, data, Meter(Counter()))
    proxy.asked.clear()
    return found


def ranges(proxy):
    return [asked.headers.get("Range") for asked in proxy.asked if asked.method == "GET"]


def test_a_blob_is_fetched_once(repository, proxy, blob, data, cache):
    counter = Counter()
    first = fetch_blob(repository, blob, cache, Meter(counter))
    assert first.path.read_bytes() == data
    assert first.sha256 == blob.sha256
    assert fetch_blob(repository, blob, cache, Meter(counter)) == first
    assert proxy.methods() == ["GET"]
    assert counter.done == 2 * SIZE


def test_a_broken_download_goes_on(repository, proxy, blob, data, cache):
    counter = Counter()
    proxy.faults = [Fault("GET", "blobs", "half"), Fault("GET", "blobs", "half")]
    assert fetch_blob(repository, blob, cache, Meter(counter)).path.read_bytes() == data
    assert ranges(proxy) == [None, f"bytes={SIZE // 2}-", f"bytes={SIZE * 3 // 4}-"]
    assert counter.done == SIZE


def test_progress_renews_the_patience(repository, proxy, blob, data, cache):
    proxy.faults = [Fault("GET", "blobs", "half", times=12)]
    assert fetch_blob(repository, blob, cache, Meter(Counter())).path.read_bytes() == data


def test_a_registry_that_cannot_go_on_begins_again(repository, proxy, blob, data, cache):
    proxy.faults = [
        Fault("GET", "blobs", "half"),
        Fault("GET", "blobs", 416),
        Fault("GET", "blobs", "half"),
        Fault("GET", "blobs", lambda *_: (200, {}, data)),
    ]
    assert fetch_blob(repository, blob, cache, Meter(Counter())).path.read_bytes() == data


def test_a_blob_that_ends_early_is_asked_for_again(repository, proxy, blob, data, cache):
    proxy.faults = [Fault("GET", "blobs", 200, body=data[:1000])]
    assert fetch_blob(repository, blob, cache, Meter(Counter())).path.read_bytes() == data
    assert ranges(proxy) == [None, "bytes=1000-"]


@pytest.mark.parametrize(
    ("kind", "reason"),
    [("corrupt", "sent something else, of digest sha256:"), ("longer", f"more than {SIZE} bytes")],
)
def test_wrong_bytes_are_not_kept(repository, proxy, blob, cache, kind, reason):
    proxy.faults = [Fault("GET", "blobs", kind, times=9)]
    with pytest.raises(ExternalError, match=reason) as caught:
        fetch_blob(repository, blob, cache, Meter(Counter()))
    assert "broken, or changes" in caught.value.hint
    assert cache.entries() == ()
    assert list((cache.root / "tmp").iterdir()) == []


def test_a_blob_that_is_not_there(repository, registries, registry, blob, cache):
    other = registries.repository(registry.host, "tests/other")
    assert not has_blob(other, blob.digest)
    with pytest.raises(ExternalError, match=r"answered 404: (NAME|BLOB)_UNKNOWN"):
        fetch_blob(other, blob, cache, Meter(Counter()))


def test_a_registry_that_does_not_say(repository, proxy, blob):
    proxy.faults = [Fault("HEAD", "blobs", 403)]
    with pytest.raises(ExternalError, match="could not look for the blob"):
        has_blob(repository, blob.digest)


def test_a_blob_elsewhere(repository, proxy, blob, data, cache, registry):
    there = f"http://{registry.host}/v2/{repository.name}/blobs/{blob.digest}"
    proxy.faults = [Fault("GET", "blobs", 307, headers={"Location": there})]
    assert fetch_blob(repository, blob, cache, Meter(Counter())).path.read_bytes() == data
    assert len(proxy.asked) == 1
