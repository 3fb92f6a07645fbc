from pathlib import Path

import pytest

from sparkferry.store.directory.store import DirectoryStore
from support.counting import Count, CountingStore


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
