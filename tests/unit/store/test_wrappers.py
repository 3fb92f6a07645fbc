from pathlib import Path

import pytest

from sparkferry.store.caching import REMEMBERED_BYTES, CachingStore
from sparkferry.store.counting import Count, CountingStore
from sparkferry.store.directory import DirectoryStore
from sparkferry.store.errors import NotFoundError


@pytest.fixture
def far(tmp_path: Path) -> CountingStore:
    return CountingStore(DirectoryStore(tmp_path / "far"))


def test_requests_and_bytes_are_counted(far: CountingStore, tmp_path: Path) -> None:
    (tmp_path / "source").write_bytes(b"123")
    far.put("a", b"12345")
    far.put("a", b"12345")
    far.put_file("b", tmp_path / "source")
    far.get("a")
    far.exists("a")
    far.fetch("a", tmp_path / "out")
    list(far.list())
    with far.open("a") as stream:
        stream.seek(1)
        assert stream.read() == b"2345"
    far.delete("a")
    assert far.counts == {
        "put": Count(2, 5),
        "put_file": Count(1, 3),
        "get": Count(1, 5),
        "exists": Count(1, 0),
        "fetch": Count(1, 5),
        "list": Count(1, 0),
        "open": Count(1, 4),
        "delete": Count(1, 0),
    }


def test_a_file_that_is_there_costs_no_bytes(far: CountingStore, tmp_path: Path) -> None:
    (tmp_path / "source").write_bytes(b"123")
    far.put_file("b", tmp_path / "source")
    far.put_file("b", tmp_path / "source")
    assert far.counts["put_file"] == Count(2, 3)


def test_what_was_read_is_not_asked_again(far: CountingStore) -> None:
    store = CachingStore(far)
    far.put("a", b"1")
    assert [store.get("a"), store.get("a"), store.exists("a")] == [b"1", b"1", True]
    assert far.counts["get"] == Count(1, 1)
    assert "exists" not in far.counts


def test_absence_is_not_remembered(far: CountingStore) -> None:
    store = CachingStore(far)
    assert store.exists("a") is False
    far.put("a", b"1")
    assert store.exists("a") is True
    assert store.exists("a") is True
    assert far.counts["exists"].requests == 2


def test_what_was_deleted_is_forgotten(far: CountingStore) -> None:
    store = CachingStore(far)
    store.put("a", b"1")
    store.get("a")
    store.delete("a")
    assert store.exists("a") is False
    with pytest.raises(NotFoundError):
        store.get("a")


def test_large_objects_are_not_remembered(far: CountingStore, tmp_path: Path) -> None:
    store = CachingStore(far, near := DirectoryStore(tmp_path / "near"))
    far.put("large", bytes(REMEMBERED_BYTES + 1))
    for _ in range(2):
        assert len(store.get("large")) == REMEMBERED_BYTES + 1
    assert far.counts["get"].requests == 2
    assert list(near.list()) == []


def test_a_local_store_remembers_from_one_command_to_the_next(
    far: CountingStore, tmp_path: Path
) -> None:
    far.put("a", b"1")
    for _ in range(2):
        store = CachingStore(far, DirectoryStore(tmp_path / "near"))
        assert store.get("a") == b"1"
    assert far.counts["get"].requests == 1


def test_stores_do_not_share_what_is_remembered(tmp_path: Path) -> None:
    near = DirectoryStore(tmp_path / "near")
    stores = [DirectoryStore(tmp_path / name) for name in "ab"]
    for store in stores:
        store.put("key", store.url.encode())
    assert [CachingStore(s, near).get("key") for s in stores] == [s.url.encode() for s in stores]
