import gzip
import hashlib
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from sparkferry.base.cache import Cache
from sparkferry.errors import UserError
from sparkferry.files import sha256_file
from sparkferry.image.entry import Entry
from sparkferry.image.layers.compressed_part import compressed_part
from sparkferry.image.layers.layer import LayerPlan, layer
from sparkferry.image.layers.tar_part import TarPart, tar_part
from sparkferry.image.model import LAYER_GZIP, ImageLayer

LARGE = bytes(range(256)) * 9_000
ENTRIES = (
    Entry(path="opt/a", content=b"small", mode=0o755),
    Entry(path="opt/large", content=LARGE),
    Entry(path="opt/b", kind="hardlink", target="opt/a"),
    Entry(path="opt/c", kind="symlink", target="a"),
    Entry(path=f"opt/{'ü' * 60}", content=b""),
    Entry(path="opt", kind="directory", mode=0o750, uid=185),
)


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "cache")


def plan(*parts: TarPart, key: str = "k") -> LayerPlan:
    return LayerPlan(role="debian", name="demo", key=key, parts=lambda: parts)


def path_of(made: ImageLayer) -> Path:
    assert isinstance(made.source, Path)
    return made.source


def test_what_goes_in_comes_out(cache: Cache, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(LARGE)
    entries = (*ENTRIES, Entry(path="etc/f", content=tmp_path / "file"))
    made = layer(plan(tar_part(entries)), cache)
    with tarfile.open(path_of(made)) as archive:
        names = archive.getnames()
        assert names == ["etc", "opt", *(x.path for x in entries if x.kind != "directory")]
        assert archive.getmember("opt").mode == 0o750
        for name, content in (("opt/large", LARGE), ("opt/b", b"small"), ("etc/f", LARGE)):
            stream = archive.extractfile(name)
            assert stream is not None
            assert stream.read() == content


def test_the_descriptor_and_the_diff_id_are_right(cache: Cache) -> None:
    made = layer(plan(tar_part(ENTRIES)), cache)
    path = path_of(made)
    plain = gzip.decompress(path.read_bytes())
    assert made.descriptor.media_type == LAYER_GZIP
    assert made.descriptor.digest == f"sha256:{sha256_file(path)}"
    assert made.descriptor.size == path.stat().st_size
    assert made.diff_id == f"sha256:{hashlib.sha256(plain).hexdigest()}"
    assert plain.endswith(bytes(1024))


@pytest.mark.parametrize("argv", [("gzip", "-t"), ("tar", "-tzf")])
def test_other_tools_read_it(cache: Cache, argv: tuple[str, ...]) -> None:
    path = path_of(layer(plan(tar_part(ENTRIES)), cache))
    done = subprocess.run([*argv, path], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_gnu_tar_unpacks_it(cache: Cache, tmp_path: Path) -> None:
    path = path_of(layer(plan(tar_part(ENTRIES[:5])), cache))
    subprocess.run(["tar", "-xzf", path, "-C", tmp_path], check=True)
    assert (tmp_path / "opt/large").read_bytes() == LARGE
    assert (tmp_path / "opt/b").stat().st_ino == (tmp_path / "opt/a").stat().st_ino
    assert (tmp_path / "opt/c").readlink() == Path("a")
    assert (tmp_path / f"opt/{'ü' * 60}").is_file()


def test_it_is_made_once(cache: Cache) -> None:
    first = layer(plan(tar_part(ENTRIES)), cache)
    again = layer(
        LayerPlan(role="debian", name="demo", key="k", parts=lambda: pytest.fail("made again")),
        cache,
    )
    assert (first.made, again.made) == ("built", "cached")
    assert again.descriptor == first.descriptor
    assert again.diff_id == first.diff_id


def test_it_is_made_again_when_its_file_is_gone(cache: Cache) -> None:
    first = layer(plan(tar_part(ENTRIES)), cache)
    for entry in cache.entries():
        if entry.area == "blobs":
            cache.remove(entry)
    again = layer(plan(tar_part(ENTRIES)), cache)
    assert again.made == "built"
    assert again.descriptor == first.descriptor


def test_pieces_are_compressed_once_and_joined_by_copying(cache: Cache) -> None:
    def made(key: str) -> tuple[TarPart, ...]:
        return tuple(compressed_part(str(x), lambda x=x: (x,), cache) for x in ENTRIES[:2])

    first = layer(plan(*made("one")), cache)
    again = (
        compressed_part(str(x), lambda: pytest.fail("compressed again"), cache) for x in ENTRIES[:2]
    )
    second = layer(plan(*again, key="other"), cache)
    assert (second.descriptor, second.made) == (first.descriptor, "built")


def test_a_piece_remembers_its_directories(cache: Cache) -> None:
    for _ in range(2):
        found = compressed_part("k", lambda: ENTRIES, cache)
        assert found.names == tuple(x.path for x in ENTRIES if x.kind != "directory")
        assert [(x.path, x.mode, x.uid) for x in found.directories] == [("opt", 0o750, 185)]


def test_the_same_layer_from_pieces_and_from_entries(cache: Cache) -> None:
    whole = layer(plan(tar_part(ENTRIES)), cache)
    pieced = layer(plan(compressed_part("k", lambda: ENTRIES, cache), key="pieces"), cache)
    assert pieced.descriptor == whole.descriptor


def test_a_piece_that_was_compressed_before_feeds_its_content(cache: Cache) -> None:
    whole = layer(plan(tar_part(ENTRIES)), cache)
    for key in ("made", "read"):
        pieced = layer(plan(compressed_part("k", lambda: ENTRIES, cache), key=key), cache)
        assert (pieced.made, pieced.diff_id) == ("built", whole.diff_id)


class Content(bytes):
    """Bytes that count how many of their kind are in memory."""

    alive = 0

    def __init__(self, *_: object) -> None:
        type(self).alive += 1

    def __del__(self) -> None:
        type(self).alive -= 1


def test_a_piece_holds_one_entry_at_a_time(cache: Cache) -> None:
    def entries() -> Iterator[Entry]:
        for number in range(9):
            yield Entry(path=str(number), content=Content(1000))
            assert Content.alive <= 2

    assert len(compressed_part("k", entries, cache).names) == 9


def test_two_pieces_with_one_path_make_no_layer(cache: Cache) -> None:
    with pytest.raises(UserError, match="`opt/a`"):
        layer(plan(tar_part(ENTRIES), tar_part(ENTRIES[:1])), cache)
    assert not [entry for entry in cache.entries() if entry.area == "blobs"]


def test_a_layer_of_nothing_is_an_archive(cache: Cache) -> None:
    with tarfile.open(path_of(layer(plan(), cache))) as archive:
        assert archive.getnames() == []
