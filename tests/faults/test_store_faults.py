"""Stores and ledgers whose writers are killed, and whose disks are full."""

import hashlib
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sparkferry.layers.model import FILE_NAMES, Environment, Layer, Layers
from sparkferry.runs.ledger import Ledger
from sparkferry.runs.listing import list_runs
from sparkferry.store.directory.staging import STAGING
from sparkferry.store.directory.store import DirectoryStore
from support.plans import make_plan, published

SIZE = 8 << 20
KILLS = 8

PUT = """
import sys, pathlib
from sparkferry.store.directory.store import DirectoryStore
store, source = DirectoryStore(pathlib.Path(sys.argv[1])), pathlib.Path(sys.argv[2])
print("ready", flush=True)
turn = 0
while True:
    store.put_file(f"objects/{turn % 3}", source)
    store.delete(f"objects/{turn % 3 - 1}")
    turn += 1
"""

APPEND = """
import sys, pathlib
from sparkferry.runs.ledger import Ledger
from sparkferry.store.directory.store import DirectoryStore
from support.plans import make_plan
ledger = Ledger(DirectoryStore(pathlib.Path(sys.argv[1])))
print("ready", flush=True)
for turn in range(100_000):
    run_id = f"{sys.argv[2]}-{turn}"
    ledger.create(make_plan(run_id))
    for kind in ("submitting", "submitted", "running", "succeeded"):
        ledger.append(run_id, kind)
"""

PUBLISH = """
import sys, pathlib
from sparkferry.store.directory.store import DirectoryStore
from support.plans import published
from faults.test_store_faults import layers_in
store, layers = DirectoryStore(pathlib.Path(sys.argv[1])), layers_in(pathlib.Path(sys.argv[2]))
print("ready", flush=True)
while True:
    for layer in published(layers, store):
        store.delete(layer.key)
"""

FULL = """
import os, pathlib, subprocess, sys
root = pathlib.Path(sys.argv[1])
subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", root], check=True)
from sparkferry.errors import ExternalError
from sparkferry.runs.ledger import Ledger
from sparkferry.runs.listing import list_runs
from sparkferry.store.directory.store import DirectoryStore
from support.plans import make_plan

def refused(what):
    try:
        what()
    except ExternalError as error:
        return error
    raise AssertionError("it was written")

store = DirectoryStore(root / "store")
ledger = Ledger(store)
ledger.create(make_plan("pi-1"))
source = root.parent / "large"
source.write_bytes(bytes(2 << 20))
for put in (lambda: store.put_file("large", source), lambda: store.put("large", bytes(2 << 20))):
    error = refused(put)
    assert "No space left on device" in error.message, error.message
    assert error.hint.startswith("free space"), error.hint
    assert not store.exists("large")
assert [p for p in (root / "store/.staging").iterdir()] == []

filler = root / "filler"
with filler.open("wb", buffering=0) as stream:
    try:
        while stream.write(bytes(1024)):
            pass
    except OSError:
        pass
refused(lambda: ledger.append("pi-1", "submitting"))
assert ledger.get("pi-1").state == "planned"
refused(lambda: ledger.create(make_plan("pi-2")))
filler.unlink()
assert ledger.append("pi-1", "submitting").state == "submitting"
assert [run.id for run in list_runs(ledger).runs] == ["pi-1"]
store.put("small", b"x")

subprocess.run(["mount", "-o", "remount,ro", root], check=True)
error = refused(lambda: store.put("other", b"x"))
assert error.hint.startswith("check who may write"), error.hint
refused(lambda: store.delete("small"))
assert store.get("small") == b"x"
"""


def layers_in(directory: Path) -> Layers:
    """The layers that :func:`make_layers` wrote; the code layer is writable, so that it is copied."""
    found = []
    for kind, name in FILE_NAMES.items():
        path = directory / name
        digest = path.with_suffix(".sha256").read_text()
        found.append(Layer(kind=kind, digest=digest, size=path.stat().st_size, path=path))
    environment = Environment(python="3.12.1", platform="linux/amd64", glibc=(2, 36))
    return Layers(environment=environment, layers=tuple(found), packages={}, lock_sha256=None)


def make_layers(directory: Path) -> Layers:
    directory.mkdir()
    for number, name in enumerate(FILE_NAMES.values()):
        data = bytes([number]) * SIZE
        (directory / name).write_bytes(data)
        (directory / name).with_suffix(".sha256").write_text(hashlib.sha256(data).hexdigest())
        if name != FILE_NAMES["code"]:
            (directory / name).chmod(0o444)
    return layers_in(directory)


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}


def kill_at_random(script: str, *args: object, within: float = 0.15) -> None:
    """Start a writer and kill it -9 at some moment of its work."""
    process = subprocess.Popen(
        [sys.executable, "-c", script, *map(str, args)], stdout=subprocess.PIPE, env=environment()
    )
    assert process.stdout is not None
    with process, process.stdout as stream:
        assert stream.readline() == b"ready\n"
        time.sleep(random.uniform(0, within))
        process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL


def test_a_writer_that_is_killed_leaves_whole_objects_or_none(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(os.urandom(SIZE))
    digest = hashlib.sha256(source.read_bytes()).digest()
    store = DirectoryStore(tmp_path / "store")
    staged = 0
    for _ in range(KILLS):
        kill_at_random(PUT, store.root, source)
        staged += any((store.root / STAGING).iterdir())
        for entry in list(store.list()):
            assert hashlib.sha256(store.get(entry.key)).digest() == digest
            store.delete(entry.key)
        assert store.put_file("after", source)
        shutil.rmtree(store.root)
    assert staged, "no writer was killed while it wrote: the test shows nothing"


def test_a_publication_that_is_killed_is_taken_up_by_the_next(tmp_path: Path) -> None:
    layers = make_layers(tmp_path / "cache")
    store = DirectoryStore(tmp_path / "store")
    for _ in range(KILLS):
        kill_at_random(PUBLISH, store.root, tmp_path / "cache")
        for layer in published(layers, store):
            with store.open(layer.key) as stream:
                assert hashlib.file_digest(stream, "sha256").hexdigest() == layer.digest
    assert layers_in(tmp_path / "cache") == layers


def test_a_client_that_is_killed_leaves_a_history_that_goes_on(tmp_path: Path) -> None:
    store = DirectoryStore(tmp_path / "store")
    for turn in range(KILLS):
        kill_at_random(APPEND, store.root, f"pi-{turn}", within=0.05)
    ledger = Ledger(store)
    page = list_runs(ledger)
    taken = len(list(store.list("ids/"))) - len(page.runs)
    assert taken + sum(run.state != "succeeded" for run in page.runs) <= KILLS
    for run in page.runs:
        assert [event.seq for event in run.events] == list(range(1, len(run.events) + 1))
        assert ledger.record_state(run.id, "lost").final
    assert ledger.create(make_plan("afterwards")).state == "planned"


def test_a_full_disk_and_one_that_has_become_read_only(tmp_path: Path) -> None:
    unshare = ["unshare", "--user", "--map-root-user", "--mount"]
    if not shutil.which("unshare") or subprocess.run([*unshare, "true"], check=False).returncode:
        pytest.skip("user namespaces, which give a small disk of one's own, are not allowed here")
    (tmp_path / "disk").mkdir()
    done = subprocess.run(
        [*unshare, sys.executable, "-c", FULL, tmp_path / "disk"],
        env=environment(), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
