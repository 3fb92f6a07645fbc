"""The cache under kill -9, two processes, a full disk and damaged entries."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import get_args

import pytest

from sparkferry.base.cache import Cache, FileArea
from sparkferry.errors import ExternalError
from sparkferry.files import sha256_file
from sparkferry.layers.cached import add_layer, find_layer

MEGABYTE = 1 << 20

WRITER = """
import sys, itertools
from pathlib import Path
from sparkferry.base.cache import Cache
from sparkferry.layers.cached import add_layer
cache = Cache(Path(sys.argv[1]))
def fill(path):
    for number in range(20):
        (path / str(number)).write_bytes(b"x" * 1000)
print("ready", flush=True)
for number in itertools.count():
    data = (b"%d " % number) * 20_000
    layer = add_layer(cache, "code", lambda path: path.write_bytes(data) and None)
    cache.remember(f"key {number}", [number, layer.digest])
    cache.directory("unpacked", f"tree-{number}", fill)
"""


def start(program: str, *arguments: object) -> subprocess.Popen[bytes]:
    argv = [sys.executable, "-c", program, *map(str, arguments)]
    return subprocess.Popen(argv, stdout=subprocess.PIPE, stdin=subprocess.PIPE)


def sizes(root: Path) -> list[int]:
    return [len(list(path.iterdir())) for path in (root / "unpacked").glob("*")]


def intact(cache):
    """Return whether each file has the content that its name is the digest of."""
    files = [item for item in cache.entries() if item.area in get_args(FileArea)]
    return all(
        sha256_file(path) == item.key
        for item in files
        for path in item.path.iterdir()
        if path.name != ".size"
    )


@pytest.mark.parametrize("milliseconds", [0, 1, 3, 7, 13, 29, 61])
def test_kill_9_while_writing(tmp_path, milliseconds):
    cache = Cache(tmp_path / "cache")
    with start(WRITER, cache.root) as process:
        assert process.stdout.readline() == b"ready\n"
        time.sleep(milliseconds / 1000)
        process.send_signal(signal.SIGKILL)
    layers = [entry.key for entry in cache.entries() if entry.area == "layers"]
    assert intact(cache)
    assert all(find_layer(cache, "code", digest) for digest in layers)
    assert set(sizes(cache.root)) <= {20}
    for number in range(len(list((cache.root / "memo").glob("*")))):
        assert cache.recall(f"key {number}", tuple[int, str])[0] == number
    cache.collect({entry.key for entry in cache.entries()}, older_than=0)
    assert list((cache.root / "tmp").glob("*")) == []
    assert [entry.key for entry in cache.entries() if entry.area == "layers"] == layers


HOLDER = """
import sys, time
from pathlib import Path
from sparkferry.base.cache import Cache
cache = Cache(Path(sys.argv[1]))
def fill(path):
    (path / "half").write_text("x")
    print("inside", flush=True)
    sys.stdin.read()
cache.directory("spark", "4.0.5", fill)
"""


def test_kill_9_frees_the_lock_and_leaves_no_half(tmp_path):
    cache = Cache(tmp_path / "cache")
    with start(HOLDER, cache.root) as process:
        assert process.stdout.readline() == b"inside\n"
        cache.collect(set(), 0)
        assert len(list((cache.root / "tmp").iterdir())) == 1
        process.kill()
        process.wait()
        place = cache.directory("spark", "4.0.5", lambda path: (path / "all").touch())
    assert [path.name for path in place.iterdir()] == ["all"]
    cache.collect({"4.0.5"}, 0)
    assert list((cache.root / "tmp").iterdir()) == []


RACER = """
import sys
from pathlib import Path
from sparkferry.base.cache import Cache
from sparkferry.layers.cached import add_layer, find_layer
root, calls = map(Path, sys.argv[1:])
cache = Cache(root)
def fill(path):
    with calls.open("a") as stream:
        stream.write("filled\\n")
    for number in range(200):
        (path / str(number)).write_bytes(b"x")
def write(path):
    path.write_bytes(b"y" * 3_000_000)
sys.stdin.readline()
for number in range(20):
    place = cache.directory("unpacked", str(number), fill)
    assert len(list(place.iterdir())) == 200
    layer = add_layer(cache, "packages", write)
    assert find_layer(cache, "packages", layer.digest) == layer
"""


def test_two_processes_that_add_the_same(tmp_path):
    root, calls = tmp_path / "cache", tmp_path / "calls"
    racers = [start(RACER, root, calls) for _ in range(2)]
    for racer in racers:
        racer.stdin.write(b"go\n")
        racer.stdin.close()
    assert [racer.wait() for racer in racers] == [0, 0]
    for racer in racers:
        racer.stdout.close()
    assert calls.read_text().count("filled") == 20
    assert intact(Cache(root))
    assert list((root / "tmp").iterdir()) == []


def write_megabytes(count: int):
    def write(path: Path) -> None:
        with path.open("wb") as stream:
            for _ in range(count):
                stream.write(os.urandom(MEGABYTE))

    return write


def test_a_full_disk_is_said_and_nothing_half_is_kept(small_disk):
    cache = Cache(small_disk / "cache")
    kept = add_layer(cache, "code", write_megabytes(1))
    for attempt in (
        lambda: add_layer(cache, "packages", write_megabytes(5)),
        lambda: cache.add_file("wheels", "a.whl", write_megabytes(5)),
        lambda: cache.directory(
            "spark", "4.0", lambda path: write_megabytes(5)(path / "spark.jar")
        ),
        lambda: cache.remember("key", "x" * 5 * MEGABYTE),
    ):
        with pytest.raises(ExternalError, match="its disk is full") as caught:
            attempt()
        assert "sparkferry gc" in caught.value.hint
    assert [entry.key for entry in cache.entries()] == [kept.digest]
    assert list((cache.root / "tmp").iterdir()) == []
    cache.collect(set(), 0)
    assert add_layer(cache, "packages", write_megabytes(3)).size == 3 * MEGABYTE


def test_a_damaged_wheel_is_fetched_again(tmp_path):
    cache = Cache(tmp_path / "cache")
    wheel = cache.add_file("wheels", "a.whl", lambda path: path.write_bytes(b"good") and None)
    wheel.path.chmod(0o644)
    wheel.path.write_bytes(b"ba")
    assert cache.find_file("wheels", wheel.sha256) is None
    again = cache.add_file("wheels", "a.whl", lambda path: path.write_bytes(b"good") and None)
    assert again == wheel
    assert wheel.path.read_bytes() == b"good"
