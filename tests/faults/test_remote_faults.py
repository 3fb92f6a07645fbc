"""Remote stores behind a network that drops, delays, truncates and refuses, and clients that are killed."""

import hashlib
import multiprocessing
import os
import random
import re
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from sparkferry.base.cache import Cache
from sparkferry.env import Env
from sparkferry.errors import ExternalError
from sparkferry.progress import QUIET
from sparkferry.runs.deletion import ANNOUNCED, check_layers, lease, wait_for_deletions
from sparkferry.runs.gc import collect_garbage
from sparkferry.runs.ledger import Ledger
from sparkferry.runs.listing import list_runs
from sparkferry.runs.records import decode, encode
from sparkferry.store.api import Store
from sparkferry.store.errors import NotFoundError
from sparkferry.store.objects.store import SMALL
from sparkferry.store.open import open_store
from support.clocks import FakeClock
from support.plans import make_layers, make_plan
from support.registry_proxy import Fault, Proxy, proxying
from support.stores import fresh

pytestmark = pytest.mark.store

KILLS = 200
LARGE = 40 << 20


@dataclass(frozen=True)
class Service:
    """A kind of store, and how its requests look."""

    scheme: str
    environ: dict[str, str]
    create: str
    """Method of the request that creates a small object."""
    part: str
    """Path of a request with a part of a large one."""
    variable: str

    @property
    def server(self) -> str:
        found = re.search(r"https?://[^/;]+", self.environ[self.variable])
        assert found
        return found[0]

    def through(self, proxy: Proxy) -> dict[str, str]:
        text = self.environ[self.variable].replace(self.server, f"http://{proxy.host}")
        return {**self.environ, self.variable: text}


@pytest.fixture(params=["s3", "gs", "az"])
def service(request: pytest.FixtureRequest) -> Service:
    environ: dict[str, str]
    if request.param == "s3":
        environ = request.getfixturevalue("s3_environ")
        return Service("s3", environ, "PUT", "partNumber=", "AWS_ENDPOINT_URL")
    if request.param == "gs":
        environ = request.getfixturevalue("gcs_environ")
        return Service("gs", environ, "POST", "upload_id=", "STORAGE_EMULATOR_HOST")
    environ = request.getfixturevalue("azure_environ")
    return Service("az", environ, "PUT", "comp=block&", "AZURE_STORAGE_CONNECTION_STRING")


@pytest.fixture
def proxy(service: Service) -> Iterator[Proxy]:
    server = urlsplit(service.server).netloc
    with proxying(server) as found:
        # Sessions of Google's resumable uploads have an address of their own.
        found.faults.append(
            Fault("POST", "uploadType=resumable", _rewritten(server, found), times=-1)
        )
        yield found


def _rewritten(server: str, proxy: Proxy) -> Callable[..., tuple[int, dict[str, str], bytes]]:
    def rewrite(
        status: int, headers: dict[str, str], body: bytes
    ) -> tuple[int, dict[str, str], bytes]:
        return status, {k: v.replace(server, proxy.host) for k, v in headers.items()}, body

    return rewrite


@pytest.fixture
def url(service: Service) -> str:
    return fresh(service.scheme)


@pytest.fixture
def store(service: Service, proxy: Proxy, url: str, tmp_path: Path) -> Store:
    cache, environ = Cache(tmp_path / "cache"), service.through(proxy)
    return open_store(url, tmp_path, Env(cache=cache, clock=FakeClock(), environ=environ))


@pytest.fixture
def straight(service: Service, url: str, tmp_path: Path) -> Store:
    """The same store, without a proxy."""
    return open_store(url, tmp_path, Env(cache=Cache(tmp_path / "2"), environ=service.environ))


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("large") / "layer.zip"
    path.write_bytes(random.Random(1).randbytes(LARGE))
    return path


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize("kind", ["drop", "deaf", 429, 500, 503])
def test_a_small_object_is_created_once(service, proxy, store, straight, kind):
    proxy.faults.append(Fault(service.create, "a", kind, times=2))
    assert store.put("a", b"mine") is True
    assert straight.get("a") == b"mine"
    assert store.put("a", b"theirs") is False


@pytest.mark.parametrize("kind", ["drop", "deaf", 503])
def test_an_object_of_another_is_not_taken_for_mine(service, proxy, store, straight, kind):
    assert straight.put("a", b"same") is True
    proxy.faults.append(Fault(service.create, "a", kind))
    assert store.put("a", b"same") is False


@pytest.mark.parametrize("kind", ["drop", "deaf", "half", 429, 503])
def test_what_is_read_is_whole(proxy, store, straight, kind, tmp_path):
    straight.put("a", bytes(range(256)) * 1000)
    proxy.faults.append(Fault("GET", "a", kind, times=2))
    assert store.get("a") == bytes(range(256)) * 1000
    proxy.faults.append(Fault("GET", "a", kind, times=2))
    with store.open("a") as stream:
        assert stream.read() == bytes(range(256)) * 1000
        stream.seek(250_000)
        assert len(stream.read()) == 6000
    proxy.faults.append(Fault("GET", "a", kind, times=2))
    store.fetch("a", tmp_path / "a")
    assert (tmp_path / "a").read_bytes() == bytes(range(256)) * 1000


@pytest.mark.parametrize("kind", ["drop", "deaf", 503])
def test_what_is_listed_and_deleted(proxy, store, straight, kind):
    for number in range(3):
        straight.put(f"k/{number}", b"")
    proxy.faults.append(Fault("GET", "prefix", kind))
    assert [entry.key for entry in store.list("k/")] == ["k/0", "k/1", "k/2"]
    proxy.faults.append(Fault("DELETE", "", kind))
    store.delete("k/1")
    assert not straight.exists("k/1")


@pytest.mark.parametrize("kind", ["drop", "deaf", 429, 503])
def test_a_large_file_arrives_whole(service, proxy, store, straight, large, kind, tmp_path):
    proxy.faults.append(Fault("PUT", service.part, kind, times=2))
    proxy.faults.append(Fault("PUT", service.part, kind, times=1, after=1))
    assert store.put_file("large", large) is True
    assert store.put_file("large", large) is False
    straight.fetch("large", tmp_path / "copy")
    assert digest(tmp_path / "copy") == digest(large)


@pytest.mark.parametrize("kind", ["drop", "half", 503])
def test_ranges_that_break_are_asked_for_again(proxy, store, straight, large, kind, tmp_path):
    straight.put_file("large", large)
    proxy.faults.append(Fault("GET", "large", kind, times=3, after=1))
    store.fetch("large", tmp_path / "copy")
    assert digest(tmp_path / "copy") == digest(large)


def test_the_end_of_an_upload_whose_answer_is_lost(service, proxy, store, straight, large):
    ends = {"s3": ("POST", "uploadId="), "gs": ("PUT", "upload_id="), "az": ("PUT", "blocklist")}
    method, path = ends[service.scheme]
    chunks = -(-LARGE // (16 << 20)) - 1 if service.scheme == "gs" else 0
    proxy.faults.append(Fault(method, path, "deaf", after=chunks))
    assert store.put_file("large", large) is True
    assert straight.exists("large")


def test_a_bucket_that_loses_permission_midway(service, proxy, store, straight, large):
    proxy.faults.append(Fault("PUT", service.part, 403, times=-1, after=1))
    with pytest.raises(ExternalError, match="answered 403") as caught:
        store.put_file("large", large)
    assert caught.value.hint
    assert {"s3": "s3:PutObject", "gs": "storage.objects.create", "az": "Blob Data Contributor"}[
        service.scheme
    ] in caught.value.hint
    assert not straight.exists("large")
    proxy.faults.pop()
    assert store.put_file("large", large) is True


def test_a_server_that_stays_away(service, proxy, store):
    proxy.faults.append(Fault(service.create, "a", 503, times=-1))
    with pytest.raises(ExternalError, match=r"could not write .*/a`: .* answered 503"):
        store.put("a", b"")


def test_a_container_that_is_not_there(service, tmp_path):
    env = Env(cache=Cache(tmp_path / "cache"), environ=service.environ)
    store = open_store(f"{service.scheme}://no-such-bucket-here", tmp_path, env)
    for use in (lambda: store.put("a", b""), lambda: list(store.list())):
        with pytest.raises(ExternalError, match="no-such-bucket-here") as caught:
            use()
        assert not isinstance(caught.value, NotFoundError)


def _send(url: str, environ: dict[str, str], root: Path, source: Path) -> None:
    env = Env(cache=Cache(root / "cache"), environ=environ)
    open_store(url, root, env).put_file("large", source)


def test_an_upload_goes_on_where_a_killed_client_stopped(
    service, proxy, store, straight, url, large, tmp_path
):
    sent: list[str] = []
    process: list[multiprocessing.Process] = []

    def kill(method: str, path: str) -> None:
        if service.part in path and method == "PUT":
            sent.append(path)
            if len(sent) == 2:
                os.kill(process[0].pid or 0, signal.SIGKILL)

    proxy.before = kill
    arguments = (url, service.through(proxy), tmp_path, large)
    process.append(multiprocessing.get_context("fork").Process(target=_send, args=arguments))
    process[0].start()
    process[0].join(60)
    assert process[0].exitcode == -signal.SIGKILL
    assert not straight.exists("large")

    proxy.before = lambda method, path: None
    time.sleep(1)  # what was under way when the client was killed still passes the proxy
    proxy.asked.clear()
    assert store.put_file("large", large) is True
    again = [it.size for it in proxy.asked if it.method == "PUT" and service.part in it.path]
    assert sum(again) < LARGE
    straight.fetch("large", tmp_path / "copy")
    assert digest(tmp_path / "copy") == digest(large)


def test_two_commands_send_one_file(service, proxy, straight, url, large, tmp_path):
    """Both know the upload that the first one has begun."""
    context = multiprocessing.get_context("fork")
    parts = iter(range(1000))
    # Each part takes longer than those before, so that the first command is done before the others.
    proxy.before = lambda method, path: time.sleep(
        0.06 * next(parts) if service.part in path else 0
    )
    arguments = (url, service.through(proxy), tmp_path, large)
    processes = [context.Process(target=_send, args=arguments) for _ in range(3)]
    processes[0].start()
    while not list((tmp_path / "cache/memo").glob("*.json")) and processes[0].is_alive():
        time.sleep(0.001)
    for process in processes[1:]:
        process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0, 0, 0]
    straight.fetch("large", tmp_path / "copy")
    assert digest(tmp_path / "copy") == digest(large)


def _publish(url: str, environ: dict[str, str], root: Path, number: int) -> None:
    """Do what a client does from the reservation to the end of a run, with a layer that others have too."""
    store = open_store(url, root, Env(cache=Cache(root / "cache"), environ=environ))
    ledger = Ledger(store)
    plan = make_plan(f"pi-{number}")
    ledger.reserve(plan)
    store.put_file(f"layers/{number % 7}", root / "layer")
    run = ledger.write(plan)
    for kind in ("submitting", "submitted", "running", "succeeded"):
        run = ledger.append(run, kind)


def test_clients_that_are_killed_leave_nothing_broken(service, straight, url, tmp_path):
    seed = random.randrange(1 << 32)
    print("seed", seed)
    chosen = random.Random(seed)
    (tmp_path / "layer").write_bytes(chosen.randbytes(SMALL + 4096))
    context = multiprocessing.get_context("fork")
    for number in range(KILLS):
        arguments = (url, service.environ, tmp_path, number)
        process = context.Process(target=_publish, args=arguments)
        process.start()
        time.sleep(chosen.uniform(0.0, 0.12))
        process.kill()
        process.join()
    sizes = {entry.key: entry.size for entry in straight.list("layers/")}
    assert set(sizes.values()) <= {SMALL + 4096}
    page = list_runs(Ledger(straight))
    ids = [run.id for run in page.runs] + list(page.unwritten)
    assert page.unreadable == ()
    assert len(ids) == len(set(ids))
    reserved = {entry.key.removeprefix("ids/") for entry in straight.list("ids/")}
    assert {run.id for run in page.runs} <= reserved
    # Each run goes on from wherever its client stopped.
    for run in page.runs[:20]:
        if not run.final:
            assert Ledger(straight).record_state(run, "failed").final


def _release(url: str, environ: dict[str, str], root: Path, number: int) -> None:
    """Do what `release create` does from the lease to the record."""
    store = open_store(url, root, Env(cache=Cache(root / "cache"), environ=environ))
    keys = {f"layers/{number:064x}/{name}" for name in ("python.tar.gz", "packages.zip")}
    with lease(Ledger(store), keys, QUIET):
        for key in sorted(keys):
            store.put_file(key, root / "layer")
        store.put(f"releases/{number}.json", encode(sorted(keys)))


def test_releases_whose_makers_are_killed_are_whole_or_not_there(service, straight, url, tmp_path):
    chosen = random.Random(7)
    (tmp_path / "layer").write_bytes(chosen.randbytes(SMALL + 4096))
    context = multiprocessing.get_context("fork")
    for number in range(KILLS):
        arguments = (url, service.environ, tmp_path, number)
        process = context.Process(target=_release, args=arguments)
        process.start()
        time.sleep(chosen.uniform(0.0, 0.1))
        process.kill()
        process.join()
    made = [entry.key for entry in straight.list("releases/")]
    layers = {entry.key: entry.size for entry in straight.list("layers/")}
    assert set(layers.values()) <= {SMALL + 4096}
    for key in made:
        assert set(decode(straight.get(key), list[str], key)) <= layers.keys()
    # The next try of each goes on, whatever the one before had done.
    for number in range(0, KILLS, 40):
        _release(url, service.environ, tmp_path, number)
        assert straight.exists(f"releases/{number}.json")


GARBAGE = 500
"""Layers that are there and that nobody refers to, until somebody needs one of them."""


def _submit(url: str, environ: dict[str, str], root: Path, number: int) -> None:
    """Submit runs with layers that others use, too; give every third up, so that its layer is garbage."""
    store = open_store(url, root, Env(cache=Cache(root / "cache"), environ=environ))
    ledger, chosen = Ledger(store), random.Random(number)
    for turn in range(8):
        time.sleep(chosen.uniform(0, 0.8))
        layers = make_layers(f"{chosen.randrange(GARBAGE):064x}")[2:]
        plan = make_plan(f"pi-{number}-{turn}", layers=layers)
        ledger.reserve(plan)
        wait_for_deletions(ledger, plan, QUIET)
        for layer in layers:
            store.put_file(layer.key, root / "layer")
        if turn % 3 == 1:
            ledger.release(plan)
        else:
            ledger.append(ledger.write(plan), "failed")


def _collect(url: str, environ: dict[str, str], root: Path, number: int) -> None:
    store = open_store(url, root, Env(cache=Cache(root / "cache"), environ=environ))
    for _ in range(6 + number):
        collect_garbage(Ledger(store), timedelta(days=-1000))


def test_two_collections_beside_twenty_clients(service, straight, url, tmp_path):
    (tmp_path / "layer").write_bytes(b"layer")
    for number in range(GARBAGE):
        straight.put(make_layers(f"{number:064x}")[2].key, b"layer")
    context = multiprocessing.get_context("fork")
    arguments = [(url, service.environ, tmp_path, number) for number in range(20)]
    clients = [context.Process(target=_submit, args=given) for given in arguments]
    collectors = [context.Process(target=_collect, args=given) for given in arguments[:2]]
    for process in (*clients[:10], *collectors, *clients[10:]):
        process.start()
    clients[3].kill()
    clients[13].kill()
    for process in (*clients, *collectors):
        process.join(120)
    codes = [process.exitcode for process in (*clients, *collectors)]
    assert codes.count(0) >= 20, codes
    page = list_runs(Ledger(straight))
    assert len(page.runs) >= 18 * 5
    for run in page.runs:
        check_layers(Ledger(straight), run.plan)
    assert list(straight.list(ANNOUNCED)) == []
