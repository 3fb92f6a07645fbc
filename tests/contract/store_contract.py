"""What every store does. A test module inherits :class:`StoreContract` and says what ``store`` is.

``reopen`` is a picklable function that returns another object for the same store.
"""

import hashlib
import multiprocessing
import time
import tracemalloc
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from sparkferry.errors import UserError
from sparkferry.store.api import Store
from sparkferry.store.errors import NotFoundError

LARGE = 48 << 20
MEMORY = 16 << 20
"""Bytes of memory that streaming ``LARGE`` bytes may take at most."""

WEIRD_KEYS = [
    "with space/and  two",
    "ünïcode/ключ/キー.txt",
    "percent%20sign/hash#mark/question?mark",
    'quote\'s/"double"/back\\slash',
    "-dash/--flag",
    "a/.hidden",
    "a/..dots../x",
    "plus+and&amp;",
    "runs/main/x/events/0001.json",
    "long/" + "x" * 200,
]

BAD_KEYS = [
    "",
    "/absolute",
    "trailing/",
    "a//b",
    ".",
    "..",
    "a/../b",
    "../outside",
    "a/./b",
    ".hidden/first",
    "new\nline",
    "nul\0byte",
    "tab\tbed",
    "del\x7f",
    "surrogate\udcff",
]


class Recorder:
    """A progress that remembers what it was told."""

    def __init__(self) -> None:
        self.total: int | None = None
        self.done = 0

    @contextmanager
    def task(self, title: str, total: int | None = None, unit: str = "B"):
        self.total = total
        yield self

    def advance(self, amount: int) -> None:
        self.done += amount

    def message(self, text: str) -> None:
        raise AssertionError(text)


def _race(reopen: Callable[[], Store], key: str, mine: bytes, start, results) -> None:
    store = reopen()
    start.wait()
    results.put((mine, store.put(key, mine)))


class StoreContract:
    @pytest.fixture
    def store(self) -> Store:
        raise NotImplementedError

    @pytest.fixture
    def reopen(self) -> Callable[[], Store]:
        raise NotImplementedError

    def test_an_object_is_what_was_put(self, store: Store) -> None:
        assert store.put("a/b", b"content") is True
        assert store.get("a/b") == b"content"
        with store.open("a/b") as stream:
            assert stream.read(3) == b"con"
            assert stream.read() == b"tent"

    def test_an_open_object_can_be_read_from_an_offset(self, store: Store) -> None:
        store.put("log", b"0123456789")
        with store.open("log") as stream:
            stream.seek(4)
            assert stream.read() == b"456789"

    def test_an_object_is_never_overwritten(self, store: Store, tmp_path: Path) -> None:
        store.put("key", b"first")
        (tmp_path / "source").write_bytes(b"third")
        assert store.put("key", b"second") is False
        assert store.put_file("key", tmp_path / "source") is False
        assert store.get("key") == b"first"

    def test_an_empty_object_is_an_object(self, store: Store, tmp_path: Path) -> None:
        (tmp_path / "empty").touch()
        assert store.put("empty", b"") is True
        assert store.put_file("empty-file", tmp_path / "empty") is True
        assert store.get("empty") == store.get("empty-file") == b""
        assert [(entry.key, entry.size) for entry in store.list()] == [
            ("empty", 0),
            ("empty-file", 0),
        ]

    def test_what_is_absent_is_not_found(self, store: Store, tmp_path: Path) -> None:
        store.put("there/below", b"")
        for key in ("absent", "there", "there/below/further", "there/absent"):
            assert store.exists(key) is False
            with pytest.raises(NotFoundError, match=key):
                store.get(key)
            with pytest.raises(NotFoundError):
                store.open(key)
            with pytest.raises(NotFoundError):
                store.fetch(key, tmp_path / "out")
        assert not (tmp_path / "out").exists()

    def test_deleting_makes_a_key_free_again(self, store: Store) -> None:
        store.put("a/b/c", b"old")
        store.delete("a/b/c")
        assert store.exists("a/b/c") is False
        assert list(store.list()) == []
        assert store.put("a/b/c", b"new") is True
        assert store.get("a/b/c") == b"new"

    def test_deleting_what_is_absent_does_nothing(self, store: Store) -> None:
        store.put("a/b", b"")
        for key in ("a/c", "x/y", "a/b/c"):
            store.delete(key)
        assert store.exists("a/b")

    def test_an_empty_store_lists_nothing(self, store: Store) -> None:
        assert list(store.list()) == []
        assert list(store.list("any/")) == []

    def test_a_prefix_is_of_the_key_and_not_of_its_parts(self, store: Store) -> None:
        for key in ("run/a", "run/ab/c", "runs/x", "run-2", "other"):
            store.put(key, key.encode())
        found = {prefix: [e.key for e in store.list(prefix)] for prefix in ("run", "run/", "run/a")}
        assert found["run"] == ["run-2", "run/a", "run/ab/c", "runs/x"]
        assert found["run/"] == ["run/a", "run/ab/c"]
        assert found["run/a"] == ["run/a", "run/ab/c"]
        for nothing in ("run/a/", "/run", "run//", "none", "../", "\0"):
            assert list(store.list(nothing)) == []

    def test_a_list_is_sorted_by_key(self, store: Store) -> None:
        keys = ["a/b", "a-b", "a.b", "a0", "a b/c", "b", "B", "a/b-c", "é", "z"]
        for key in keys:
            store.put(key, b"x")
        assert [entry.key for entry in store.list()] == sorted(keys)

    def test_a_list_tells_sizes_and_when_an_object_came(self, store: Store, tmp_path: Path) -> None:
        before = time.time()
        (tmp_path / "source").write_bytes(b"12345")
        store.put_file("key", tmp_path / "source")
        (entry,) = store.list()
        assert entry.size == 5
        assert before - 2 <= entry.modified <= time.time() + 2

    @pytest.mark.parametrize("key", WEIRD_KEYS)
    def test_unusual_keys_are_keys(self, store: Store, key: str) -> None:
        assert store.put(key, key.encode()) is True
        assert store.get(key) == key.encode()
        assert [entry.key for entry in store.list(key[:3])] == [key]
        assert unquote(urlsplit(store.uri(key)).path).endswith("/" + key)
        assert not urlsplit(store.uri(key)).fragment

    @pytest.mark.parametrize("key", BAD_KEYS)
    def test_what_is_no_key_is_refused(self, store: Store, key: str, tmp_path: Path) -> None:
        (tmp_path / "source").touch()
        for use in (
            lambda: store.put(key, b""),
            lambda: store.put_file(key, tmp_path / "source"),
            lambda: store.get(key),
            lambda: store.open(key),
            lambda: store.exists(key),
            lambda: store.delete(key),
            lambda: store.uri(key),
            lambda: store.fetch(key, tmp_path / "out"),
        ):
            with pytest.raises(UserError, match="as a key of the store"):
                use()
        assert list(store.list()) == []

    def test_a_later_change_of_the_source_does_not_reach_the_object(
        self, store: Store, tmp_path: Path
    ) -> None:
        source = tmp_path / "source"
        source.write_bytes(b"then")
        store.put_file("key", source)
        with source.open("r+b") as stream:
            stream.write(b"now!")
        assert store.get("key") == b"then"

    def test_an_immutable_source_stays_as_it_is(self, store: Store, tmp_path: Path) -> None:
        source = tmp_path / "layer"
        source.write_bytes(b"layer")
        source.chmod(0o444)
        before = source.stat()
        store.put_file("layers/x", source)
        store.delete("layers/x")
        after = source.stat()
        assert source.read_bytes() == b"layer"
        assert (before.st_mode, before.st_mtime_ns) == (after.st_mode, after.st_mtime_ns)

    def test_fetch_replaces_the_file_at_its_destination(self, store: Store, tmp_path: Path) -> None:
        store.put("key", b"content")
        destination = tmp_path / "new" / "file"
        store.fetch("key", destination)
        store.fetch("key", destination)
        assert destination.read_bytes() == b"content"
        assert [path.name for path in destination.parent.iterdir()] == ["file"]

    def test_large_objects_stream_in_bounded_memory(self, store: Store, tmp_path: Path) -> None:
        source, copy = tmp_path / "source", tmp_path / "copy"
        block = bytes(range(256)) * 4096
        with source.open("wb") as stream:
            for _ in range(LARGE // len(block)):
                stream.write(block)
        up, down = Recorder(), Recorder()
        tracemalloc.start()
        try:
            store.put_file("large", source, up)
            store.fetch("large", copy, down)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert peak < MEMORY
        assert (up.total, up.done) == (down.total, down.done) == (LARGE, LARGE)
        with source.open("rb") as a, copy.open("rb") as b:
            assert hashlib.file_digest(a, "sha256").digest() == (
                hashlib.file_digest(b, "sha256").digest()
            )

    def test_of_many_threads_one_creates(self, store: Store) -> None:
        with ThreadPoolExecutor(8) as pool:
            for key in ("a/1", "a/2", "b/c/3"):
                created = list(pool.map(lambda i, k=key: store.put(k, b"%d" % i), range(24)))
                assert created.count(True) == 1
                assert store.get(key) == b"%d" % created.index(True)

    def test_creating_and_deleting_beside_each_other(self, store: Store) -> None:
        def work(name: int) -> None:
            for turn in range(40):
                key = f"shared/folder/{name}"
                assert store.put(key, b"%d" % turn) is True
                assert store.get(key) == b"%d" % turn
                store.delete(key)

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(work, range(4)))
        assert list(store.list()) == []

    def test_of_two_processes_one_creates(self, store: Store, reopen) -> None:
        context = multiprocessing.get_context("spawn")
        start, results = context.Barrier(2), context.Queue()
        contents = [b"one" * 50_000, b"two" * 50_000]
        processes = [
            context.Process(target=_race, args=(reopen, "shared/key", mine, start, results))
            for mine in contents
        ]
        for process in processes:
            process.start()
        told = dict(results.get(timeout=60) for _ in processes)
        for process in processes:
            process.join()
        assert sorted(told.values()) == [False, True]
        assert told[store.get("shared/key")] is True
