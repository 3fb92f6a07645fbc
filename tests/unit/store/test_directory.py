import os
import time
from pathlib import Path

import pytest

from sparkferry.errors import ExternalError
from sparkferry.store.directory.staging import STAGING, STAGING_SECONDS
from sparkferry.store.directory.store import DirectoryStore


@pytest.fixture
def store(tmp_path: Path) -> DirectoryStore:
    return DirectoryStore(tmp_path / "store")


def sealed(path: Path, data: bytes = b"layer") -> Path:
    path.write_bytes(data)
    path.chmod(0o444)
    return path


def test_looking_creates_nothing(store: DirectoryStore) -> None:
    assert not store.exists("a")
    assert list(store.list()) == []
    store.delete("a")
    assert not store.root.exists()


def test_a_read_only_file_is_linked(store: DirectoryStore, tmp_path: Path) -> None:
    source = sealed(tmp_path / "layer")
    assert store.put_file("layers/1/code.zip", source)
    assert (store.root / "layers/1/code.zip").samefile(source)


def test_a_link_to_a_read_only_file_is_followed(store: DirectoryStore, tmp_path: Path) -> None:
    source = sealed(tmp_path / "layer")
    (tmp_path / "link").symlink_to(source)
    assert store.put_file("key", tmp_path / "link")
    assert not (store.root / "key").is_symlink()
    assert store.get("key") == b"layer"


def test_a_writable_file_is_copied(store: DirectoryStore, tmp_path: Path) -> None:
    source = tmp_path / "log"
    source.write_bytes(b"log")
    assert store.put_file("key", source)
    assert not (store.root / "key").samefile(source)


def test_a_file_of_another_file_system_is_copied(store: DirectoryStore, tmp_path: Path) -> None:
    elsewhere = Path("/dev/shm")
    if not elsewhere.is_dir() or elsewhere.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("there is one file system only")
    source = sealed(elsewhere / f"sparkferry-test-{os.getpid()}")
    try:
        assert store.put_file("key", source)
    finally:
        source.unlink()
    assert store.get("key") == b"layer"


def test_objects_are_read_only(store: DirectoryStore, tmp_path: Path) -> None:
    (tmp_path / "source").touch()
    store.put("a", b"")
    store.put_file("b", tmp_path / "source")
    modes = {(store.root / key).stat().st_mode & 0o777 for key in "ab"}
    assert modes == {0o444}


def test_a_linked_layer_is_as_young_as_its_publication(
    store: DirectoryStore, tmp_path: Path
) -> None:
    source = sealed(tmp_path / "layer")
    os.utime(source, (1, 1))
    before = time.time()
    store.put_file("key", source)
    (entry,) = store.list()
    assert entry.modified >= before - 1


def test_a_key_cannot_begin_another(store: DirectoryStore, tmp_path: Path) -> None:
    store.put("a/b", b"")
    with pytest.raises(ExternalError, match=r"could not write `.*/a`: there are objects below"):
        store.put("a", b"")
    with pytest.raises(ExternalError, match=r"could not write `.*/a/b/c`"):
        store.put("a/b/c", b"")
    with pytest.raises(ExternalError, match=r"could not write `.*/a/b/c`"):
        store.put_file("a/b/c", sealed(tmp_path / "layer"))


def test_a_file_in_the_place_of_the_store(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ExternalError, match="could not write") as caught:
        DirectoryStore(tmp_path / "file" / "store").put("a", b"")
    assert caught.value.hint == "a file is in the place of a directory"


def test_a_source_that_is_absent(store: DirectoryStore, tmp_path: Path) -> None:
    with pytest.raises(ExternalError, match=r"could not read `.*/absent`: No such file"):
        store.put_file("key", tmp_path / "absent")


def test_a_name_that_is_too_long(store: DirectoryStore) -> None:
    with pytest.raises(ExternalError, match="File name too long"):
        store.put("x" * 300, b"")
    with pytest.raises(ExternalError, match="could not look at"):
        store.exists("x" * 300)


def test_a_destination_that_cannot_be_written(store: DirectoryStore, tmp_path: Path) -> None:
    store.put("key", b"")
    (tmp_path / "file").touch()
    with pytest.raises(ExternalError, match=r"could not write `.*/file/below`"):
        store.fetch("key", tmp_path / "file" / "below")


def test_the_address_is_percent_encoded(tmp_path: Path) -> None:
    uri = DirectoryStore(tmp_path / "my störe").uri("layers/a#b/code.zip")
    assert uri == f"file://{tmp_path}/my%20st%C3%B6re/layers/a%23b/code.zip"


def test_other_files_of_the_directory_are_not_listed(store: DirectoryStore) -> None:
    store.put("a/b", b"")
    (store.root / ".DS_Store").touch()
    Path(os.fsdecode(os.fsencode(store.root) + b"/not-\xff-unicode")).touch()
    (store.root / "dangling").symlink_to("nowhere")
    assert [entry.key for entry in store.list()] == ["a/b"]


def test_git_is_told_with_the_first_object(tmp_path: Path) -> None:
    private = tmp_path / ".sparkferry"
    store = DirectoryStore(private / "store", ignored=private)
    list(store.list())
    assert not private.exists()
    store.put("a", b"")
    assert (private / ".gitignore").read_text() == "*\n"


def test_an_own_gitignore_is_kept(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("mine\n")
    DirectoryStore(tmp_path / "store", ignored=tmp_path).put("a", b"")
    assert (tmp_path / ".gitignore").read_text() == "mine\n"


def test_what_a_killed_writer_left_is_swept_when_old(store: DirectoryStore) -> None:
    old, young = (store.root / STAGING / name for name in (".tmp-old", ".tmp-young"))
    for left in (old, young):
        left.mkdir(parents=True)
        (left / "half").write_bytes(b"half")
    then = time.time() - STAGING_SECONDS - 60
    os.utime(old, (then, then))
    store.put("a", b"")
    assert [path.name for path in (store.root / STAGING).iterdir()] == [".tmp-young"]


def test_deleting_leaves_no_empty_directories_and_no_siblings_harmed(store: DirectoryStore) -> None:
    store.put("a/b/c/d", b"")
    store.put("a/x", b"")
    store.delete("a/b/c/d")
    assert not (store.root / "a" / "b").exists()
    assert store.exists("a/x")
