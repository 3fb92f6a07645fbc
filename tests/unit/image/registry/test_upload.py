import http.client
import threading

import pytest

from sparkferry.errors import ExternalError
from sparkferry.http.meter import Meter
from sparkferry.image.model import LAYER_GZIP
from sparkferry.image.registry import upload as module
from sparkferry.image.registry.blobs import fetch_blob, has_blob
from sparkferry.image.registry.upload import mount, upload
from support.image_values import descriptor_of
from support.registry_logins import Counter
from support.registry_proxy import Fault, proxying

SIZE = 3_000_000
CHUNK = 1 << 20


@pytest.fixture
def repository(proxy, registries, name):
    found = registries.repository(proxy.host, name)
    assert found.url("")
    proxy.asked.clear()
    return found


@pytest.fixture
def counter():
    return Counter()


@pytest.fixture
def small_chunks(monkeypatch, proxy):
    """Chunks of :data:`CHUNK`, since the registry takes nothing whole."""
    monkeypatch.setattr(module, "CHUNK", CHUNK)
    proxy.faults = [Fault("PUT", "blobs/uploads", 413)]


@pytest.fixture
def assert_there(repository, blob, data, cache):
    """Call it to see that the repository has the blob."""

    def look():
        meter = Meter(Counter())
        assert fetch_blob(repository, blob, cache, meter).path.read_bytes() == data

    return look


@pytest.fixture
def send(repository, blob, data):
    """Call it to upload the blob, to an upload that was begun if there is one."""

    def sent(location=""):
        counter = Counter()
        upload(repository, blob, data, Meter(counter), location)
        return counter

    return sent


def sizes(proxy, method):
    return [asked.size for asked in proxy.asked if asked.method == method]


def spans(proxy):
    return [it.headers.get("Content-Range") for it in proxy.asked if it.method == "PATCH"]


def test_one_body(repository, proxy, blob, data, counter, assert_there):
    upload(repository, blob, data, Meter(counter))
    assert proxy.methods() == ["POST", "PUT"]
    assert sizes(proxy, "PUT") == [SIZE]
    assert counter.done == SIZE
    assert_there()


def test_nothing_at_all(repository, counter):
    empty = descriptor_of(b"", LAYER_GZIP)
    upload(repository, empty, b"", Meter(counter))
    assert has_blob(repository, empty.digest)


def test_a_file(repository, blob, data, counter, tmp_path, assert_there):
    path = tmp_path / "layer.tar.gz"
    path.write_bytes(data)
    upload(repository, blob, path, Meter(counter))
    assert_there()


def test_a_file_that_shrinks(repository, blob, data, counter, tmp_path):
    path = tmp_path / "layer.tar.gz"
    path.write_bytes(data[:-1])
    with pytest.raises(ExternalError, match="became shorter meanwhile"):
        upload(repository, blob, path, Meter(counter))


@pytest.mark.usefixtures("small_chunks")
def test_a_body_that_is_too_large_goes_in_chunks(
    repository, proxy, blob, data, counter, assert_there
):
    upload(repository, blob, data, Meter(counter))
    assert sizes(proxy, "PATCH") == [CHUNK, CHUNK, SIZE - 2 * CHUNK]
    assert spans(proxy)[1] == f"{CHUNK}-{2 * CHUNK - 1}"
    assert counter.done == SIZE
    assert_there()


@pytest.mark.usefixtures("small_chunks")
def test_chunks_are_as_long_as_the_registry_wants(repository, proxy, blob, data, counter):
    def wants(status, headers, body):
        return status, {**headers, "OCI-Chunk-Min-Length": "2000000"}, body

    proxy.faults.append(Fault("POST", "", wants, times=9))
    upload(repository, blob, data, Meter(counter))
    assert sizes(proxy, "PATCH") == [2_000_000, 1_000_000]


@pytest.mark.usefixtures("small_chunks")
def test_chunks_may_be_too_large_too(repository, proxy, blob, data, counter):
    proxy.faults.append(Fault("PATCH", "blobs/uploads", 413, times=9))
    with pytest.raises(ExternalError, match="answered 413") as caught:
        upload(repository, blob, data, Meter(counter))
    assert "limits the size" in caught.value.hint


@pytest.mark.parametrize("kind", ["drop", 500, 429])
@pytest.mark.usefixtures("small_chunks")
def test_a_broken_chunk_is_sent_again_and_no_other(repository, proxy, blob, data, kind):
    counter = Counter()
    proxy.faults.append(Fault("PATCH", "blobs/uploads", kind, after=1))
    upload(repository, blob, data, Meter(counter))
    assert spans(proxy) == [
        f"0-{CHUNK - 1}",
        f"{CHUNK}-{2 * CHUNK - 1}",
        f"{CHUNK}-{2 * CHUNK - 1}",
        f"{2 * CHUNK}-{SIZE - 1}",
    ]
    assert counter.done == SIZE
    assert has_blob(repository, blob.digest)


def test_the_rest_of_a_broken_body_goes_as_one(repository, proxy, blob, data, assert_there):
    half, counter = SIZE // 2, Counter()
    kept = {}

    def break_in_the_middle(method, path):
        if method == "PUT" and not kept:
            kept.update(send_half(proxy, path, data[:half]))

    proxy.before = break_in_the_middle
    # docker-registry 2.8 gives up an upload whose sender does not know how far it came; others tell.
    told = Fault("GET", "blobs/uploads", lambda *_: (204, kept, b""))
    proxy.faults = [Fault("PUT", "blobs/uploads", "drop"), told]
    upload(repository, blob, data, Meter(counter))
    assert spans(proxy) == [f"{half}-{SIZE - 1}"]
    assert proxy.methods().count("POST") == 1
    assert counter.done == SIZE
    assert_there()


def send_half(proxy, path, data):
    """Have the registry receive some bytes, as it does when a connection breaks."""
    connection = http.client.HTTPConnection(proxy.upstream)
    connection.request("PATCH", path.partition("&digest")[0], data, {"Host": proxy.host})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    assert answer.status == 202
    return {name: answer.headers[name] for name in ("Location", "Range")}


@pytest.mark.parametrize("kind", ["deaf", 502])
def test_an_upload_whose_end_was_not_heard_is_not_repeated(
    repository, proxy, blob, data, counter, kind
):
    def unheard(status, headers, body):
        assert status == 201
        return 502, {}, b""

    proxy.faults = [Fault("PUT", "blobs/uploads", "deaf" if kind == "deaf" else unheard)]
    upload(repository, blob, data, Meter(counter))
    assert sizes(proxy, "PUT") == [SIZE]
    assert counter.done == SIZE


@pytest.mark.parametrize("status", [404, 416])
def test_a_lost_upload_is_begun_again(repository, proxy, blob, data, status):
    counter = Counter()
    proxy.faults = [Fault("PUT", "blobs/uploads", status)]
    upload(repository, blob, data, Meter(counter))
    assert proxy.methods().count("POST") == 2
    assert counter.done == SIZE


def test_an_upload_that_is_lost_each_time_ends(repository, proxy, blob, data, counter):
    body = b'{"errors":[{"code":"BLOB_UPLOAD_INVALID"}]}'
    proxy.faults = [Fault("PUT", "blobs/uploads", 400, times=99, body=body)]
    with pytest.raises(ExternalError, match=r"the upload was lost: .* BLOB_UPLOAD_INVALID"):
        upload(repository, blob, data, Meter(counter))


def test_wrong_bytes_are_refused_by_the_registry(repository, blob, data, counter):
    with pytest.raises(ExternalError, match="DIGEST_INVALID"):
        upload(repository, blob, data[::-1], Meter(counter))


def test_what_is_not_wanted_any_more_stops(repository, blob, data, counter):
    stopped = threading.Event()
    stopped.set()
    with pytest.raises(ExternalError, match="interrupted"):
        upload(repository, blob, data, Meter(counter, stopped))


def test_a_mount_that_is_not_made_begins_an_upload(
    repository, proxy, blob, data, counter, assert_there
):
    location = mount(repository, blob, "tests/of-nobody")
    assert isinstance(location, str)
    assert location
    upload(repository, blob, data, Meter(counter), location)
    assert proxy.methods() == ["POST", "PUT"]
    assert mount(repository, blob, repository.name) is True


@pytest.mark.parametrize("kind", [400, 401, 403, 404, 405, 418, 422, 429, 500, 503, "drop", "deaf"])
def test_a_mount_that_is_refused_in_any_way(repository, proxy, blob, clock, send, kind):
    proxy.faults = [Fault("POST", "mount=", kind, times=9)]
    location = mount(repository, blob, "tests/of-somebody")
    assert location == ""
    send(location)
    assert clock.sleeps == 0
    assert has_blob(repository, blob.digest)
    assert len(proxy.methods("mount=")) == 1


@pytest.mark.parametrize(
    ("status", "body"),
    [(404, b'{"errors":[{"code":"NAME_UNKNOWN","message":"unknown"}]}'), (404, b"<html>not here"),
     (400, b'{"errors":[{"code":"NAME_UNKNOWN"}]}')],
)  # fmt: skip
def test_a_repository_that_is_not_there(proxy, clock, send, status, body):
    proxy.faults = [Fault("POST", "blobs/uploads", status, times=99, body=body)]
    with pytest.raises(ExternalError, match="no such repository") as caught:
        send()
    assert "create it" in caught.value.hint
    assert clock.sleeps == 0
    assert proxy.methods() == ["POST"]


def test_a_repository_that_vanishes_is_not_asked_for_again(proxy, clock, send):
    body = b'{"errors":[{"code":"NAME_UNKNOWN"}]}'
    proxy.faults = [Fault("PUT", "blobs/uploads", 404, times=99, body=body)]
    with pytest.raises(ExternalError, match="no such repository"):
        send()
    assert clock.sleeps == 0


@pytest.mark.parametrize("status", [301, 307, 308])
@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_an_upload_is_sent_on(registry, proxy, send, assert_there, method, status):
    with proxying(registry.host) as other:

        def elsewhere(*_):
            return status, {"Location": f"http://{other.host}{paths[-1]}"}, b""

        paths = []
        proxy.before = lambda method, path: paths.append(path)
        proxy.faults = [Fault(method, "blobs/uploads", elsewhere)]
        assert send().done == SIZE
        assert method in other.methods()
    assert_there()


@pytest.mark.parametrize("kind", ["relative", "absolute", "query"])
def test_where_an_upload_goes_on(proxy, send, assert_there, kind):
    def moved(status, headers, body):
        path = headers["Location"].removeprefix(f"http://{proxy.host}")
        path = path if kind != "query" else f"{path}&more=1"
        return (
            status,
            {**headers, "Location": path if kind == "relative" else f"http://{proxy.host}{path}"},
            body,
        )

    proxy.faults = [Fault("POST", "blobs/uploads", moved)]
    send()
    assert_there()


def test_an_upload_does_not_go_where_others_can_read_it(proxy, send):
    def elsewhere(status, headers, body):
        return status, {**headers, "Location": "http://elsewhere.example/upload"}, body

    proxy.faults = [Fault("POST", "blobs/uploads", elsewhere)]
    with pytest.raises(ExternalError, match=r"wants it sent to http://elsewhere\.example"):
        send()


def test_a_put_that_is_accepted_is_looked_for(repository, proxy, data, clock, send):
    def accepted(status, headers, body):
        assert status == 201
        return 202, headers, b""

    proxy.faults = [Fault("PUT", "blobs/uploads", accepted)]
    send()
    assert clock.sleeps == 0
    proxy.faults = [Fault("PUT", "blobs/uploads", 202)]
    other = descriptor_of(data[:-1], LAYER_GZIP)
    upload(repository, other, data[:-1], Meter(Counter()))
    assert has_blob(repository, other.digest)


@pytest.mark.parametrize("status", [400, 405, 501])
def test_a_registry_that_does_not_know_head(repository, proxy, blob, send, status):
    proxy.faults = [Fault("HEAD", "blobs", status, times=99)]
    assert not has_blob(repository, blob.digest)
    send()
    assert has_blob(repository, blob.digest)
    proxy.faults.append(Fault("GET", "blobs", 403))
    with pytest.raises(ExternalError, match="answered 403"):
        has_blob(repository, blob.digest)
