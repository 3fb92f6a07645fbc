import os
import stat
import threading
import time
from pathlib import Path

import pytest

from sparkferry.base.cache import Cache
from sparkferry.errors import ExternalError
from sparkferry.files import sha256_bytes
from sparkferry.layers.cached import add_layer, find_layer


def writer(data: bytes):
    return lambda path: path.write_bytes(data) and None


def test_the_default_place_is_the_cache_directory(monkeypatch, tmp_path):
    monkeypatch.setenv("SPARKFERRY_CACHE_DIR", str(tmp_path / "here"))
    assert Cache().root == tmp_path / "here"


def test_a_layer_is_named_by_its_content_and_read_only(cache):
    layer = add_layer(cache, "code", writer(b"abc"))
    assert layer.digest == sha256_bytes(b"abc")
    assert layer.path == cache.root / "layers" / layer.digest / "code.zip"
    assert layer.size == 3
    assert stat.S_IMODE(layer.path.stat().st_mode) == 0o444
    assert find_layer(cache, "code", layer.digest) == layer


def test_a_layer_that_is_there_is_kept(cache):
    first = add_layer(cache, "code", writer(b"abc"))
    inode = first.path.stat().st_ino
    assert add_layer(cache, "code", writer(b"abc")) == first
    assert first.path.stat().st_ino == inode
    assert list((cache.root / "tmp").iterdir()) == []


def test_an_unknown_layer_is_none(cache):
    assert find_layer(cache, "code", "0" * 64) is None


@pytest.mark.parametrize("damage", ["truncated", "no file", "no size", "empty size"])
def test_a_damaged_layer_is_not_used_and_made_again(cache, damage):
    layer = add_layer(cache, "packages", writer(b"abcdef"))
    layer.path.chmod(0o644)
    size = layer.path.with_name(".size")
    match damage:
        case "truncated":
            layer.path.write_bytes(b"abc")
        case "no file":
            layer.path.unlink()
        case "no size":
            size.unlink()
        case "empty size":
            size.write_text("")
    assert find_layer(cache, "packages", layer.digest) is None
    assert not layer.path.parent.exists()
    assert add_layer(cache, "packages", writer(b"abcdef")) == layer
    assert layer.path.read_bytes() == b"abcdef"


def test_a_damaged_layer_is_replaced_when_it_is_made_again(cache):
    layer = add_layer(cache, "packages", writer(b"abcdef"))
    layer.path.chmod(0o644)
    layer.path.write_bytes(b"abc")
    add_layer(cache, "packages", writer(b"abcdef"))
    assert layer.path.read_bytes() == b"abcdef"


def test_a_file_of_another_digest_is_refused(cache):
    with pytest.raises(ExternalError, match=r"could not verify `a\.whl`: its SHA-256 is") as caught:
        cache.add_file("wheels", "a.whl", writer(b"x"), sha256="0" * 64)
    assert caught.value.hint
    assert cache.entries() == ()
    assert list((cache.root / "tmp").iterdir()) == []


def test_a_write_that_fails_leaves_nothing(cache):
    def fail(path: Path) -> None:
        path.write_bytes(b"half")
        raise ValueError

    with pytest.raises(ValueError):
        add_layer(cache, "code", fail)
    assert cache.entries() == ()
    assert list((cache.root / "tmp").iterdir()) == []


def test_a_directory_is_filled_once(cache):
    calls = []

    def fill(path: Path) -> None:
        calls.append(path)
        (path / "file").write_text("x")

    place = cache.directory("spark", "4.0.5", fill)
    assert cache.directory("spark", "4.0.5", fill) == place == cache.root / "spark" / "4.0.5"
    assert (place / "file").read_text() == "x"
    assert len(calls) == 1


def test_a_directory_wanted_by_many_is_filled_once(cache):
    calls = []

    def fill(path: Path) -> None:
        calls.append(path)
        time.sleep(0.05)

    threads = [
        threading.Thread(target=cache.directory, args=("unpacked", "k", fill)) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(calls) == 1


def test_a_memo_is_made_once_and_again_when_it_is_damaged(cache):
    values = iter([(1, 2), (3, 4), (5, 6)])

    def ask() -> tuple[int, int]:
        return cache.memo("key \udcff", tuple[int, int], lambda: next(values))

    assert ask() == ask() == (1, 2)
    (memo,) = (cache.root / "memo").iterdir()
    memo.write_text('["a"')
    assert ask() == (3, 4)
    memo.write_text('["a", "b"]')
    assert ask() == (5, 6)


def test_locks_exclude_each_other_and_survive_gc(cache):
    inside = threading.Event()
    order = []

    def other() -> None:
        inside.set()
        with cache.lock("it"):
            order.append("other")

    thread = threading.Thread(target=other)
    with cache.lock("it"):
        thread.start()
        inside.wait()
        cache.collect(set(), 0)
        time.sleep(0.05)
        order.append("first")
    thread.join()
    assert order == ["first", "other"]
    cache.collect(set(), 0)
    assert list((cache.root / "locks").iterdir()) == []


def test_entries_size_and_remove(cache):
    layer = add_layer(cache, "code", writer(b"abc"))
    cache.memo("k", int, lambda: 1)
    cache.directory("spark", "4.0", lambda path: (path / "f").write_bytes(b"12345") and None)
    found = {(entry.area, entry.size) for entry in cache.entries()}
    assert found == {("layers", 4), ("memo", 1), ("spark", 5)}
    for entry in cache.entries():
        cache.remove(entry)
        cache.remove(entry)
    assert cache.entries() == ()
    assert not layer.path.exists()


def test_collect_keeps_what_is_named_or_was_used(cache):
    kept = add_layer(cache, "code", writer(b"kept"))
    used = add_layer(cache, "code", writer(b"used"))
    old = add_layer(cache, "code", writer(b"old"))
    yesterday = time.time() - 86400
    for layer in (kept, used, old):
        os.utime(layer.path.parent, (yesterday, yesterday))
    assert find_layer(cache, "code", used.digest)
    assert cache.collect({kept.digest}, older_than=3600) == old.size + 1
    assert [item.key for item in cache.entries()] == sorted([kept.digest, used.digest])


def test_what_dead_processes_left_is_swept(cache):
    stale = cache.root / "tmp" / "0123"
    stale.mkdir(parents=True)
    (stale / "half").write_bytes(b"x")
    (cache.root / "tmp" / "file").write_bytes(b"x")
    inside = []

    def write(path: Path) -> None:
        cache.collect(set(), 0)
        inside.extend(path.parent.parent.parent.iterdir())
        path.write_bytes(b"x")

    assert add_layer(cache, "code", write).path.exists()
    assert [path.name for path in inside] not in ([], ["0123"])
    assert not stale.exists()


def test_a_cache_that_cannot_be_made_is_explained(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ExternalError, match="could not use the cache") as caught:
        add_layer(Cache(tmp_path / "file"), "code", writer(b""))
    assert "SPARKFERRY_CACHE_DIR" in (caught.value.hint or "")
    with (
        pytest.raises(ExternalError, match="could not use the cache"),
        Cache(tmp_path / "file").lock("a"),
    ):
        pass


def test_other_errors_of_the_system_are_passed_on(cache):
    def fail(_: Path) -> None:
        raise FileNotFoundError(2, "no such file", "/elsewhere")

    with pytest.raises(FileNotFoundError):
        add_layer(cache, "code", fail)
