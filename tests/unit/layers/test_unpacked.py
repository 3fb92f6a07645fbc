"""The shared copy of a layer: whatever a run writes into it is noticed, and gone before the next one."""

import os
import shutil
import zipfile
from pathlib import Path

import pytest

from sparkferry.base.cache import Cache
from sparkferry.errors import ExternalError
from sparkferry.files import sha256_file
from sparkferry.layers.driver import driver_environment
from sparkferry.layers.model import Layer
from sparkferry.layers.stamps import DIRECTORY, differing, stamps
from sparkferry.layers.unpacked import unpacked, written_into

FILES = {
    "numpy/__init__.py": "import core\n",
    "numpy/core.py": "ONE = 1\n",
    "data/table.csv": "a,b\n",
}


def make_layer(path: Path, kind: str = "packages") -> Layer:
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in FILES.items():
            archive.writestr(name, text)
    return Layer(kind=kind, digest=sha256_file(path), size=path.stat().st_size, path=path)  # type: ignore[arg-type]


@pytest.fixture
def layer(tmp_path):
    return make_layer(tmp_path / "packages.zip")


def content(directory: Path) -> dict[str, str]:
    files = (path for path in directory.rglob("*") if path.is_file())
    return {str(path.relative_to(directory)): path.read_text() for path in files}


def overwrite(place: Path) -> None:
    (place / "numpy/core.py").chmod(0o644)
    (place / "numpy/core.py").write_text("ONE = 2\n")


def overwrite_unnoticed_by_time(place: Path) -> None:
    before = (place / "numpy/core.py").stat()
    overwrite(place)
    os.utime(place / "numpy/core.py", ns=(before.st_atime_ns, before.st_mtime_ns))


def replace_by_directory(place: Path) -> None:
    (place / "numpy/core.py").unlink()
    (place / "numpy/core.py").mkdir()


def replace_by_link(place: Path) -> None:
    shutil.rmtree(place / "numpy")
    (place / "numpy").symlink_to("data")


DAMAGE = {
    "overwritten": overwrite,
    "overwritten with its time restored": overwrite_unnoticed_by_time,
    "added": lambda place: (place / "numpy/mark.txt").write_text("x"),
    "added at the top": lambda place: (place / "mark.py").write_text("x"),
    "added in a new directory": lambda place: (place / "new").mkdir(),
    "added to the bytecode": lambda place: _write(place / "numpy/__pycache__/core.nbi"),
    "bytecode of no source": lambda place: _write(place / "numpy/__pycache__/gone.cpython-312.pyc"),
    "removed": lambda place: (place / "data/table.csv").unlink(),
    "removed with its directory": lambda place: shutil.rmtree(place / "data"),
    "a directory in place of a file": replace_by_directory,
    "a link in place of a directory": replace_by_link,
}


def _write(path: Path) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text("x")


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE.keys())
def test_what_a_run_changed_is_undone_before_the_next(layer, cache, damage):
    place = unpacked(layer, cache)
    damage(place)
    assert unpacked(layer, cache) == place
    assert content(place) == FILES
    assert not differing(stamps(place), stamps(unpacked(layer, cache)))


def test_what_was_written_is_told_by_name_until_it_is_undone(layer, cache):
    place = unpacked(layer, cache)
    assert written_into(layer, cache) == ()
    overwrite(place)
    _write(place / "numpy/mark.txt")
    (place / "data/table.csv").unlink()
    assert written_into(layer, cache) == ("numpy/core.py", "numpy/mark.txt")
    unpacked(layer, cache)
    assert written_into(layer, cache) == ()


def test_bytecode_of_a_source_stays_and_may_be_written_again(layer, cache):
    place = unpacked(layer, cache)
    bytecode = place / "numpy/__pycache__/core.cpython-312.pyc"
    _write(bytecode)
    (place / "data/table.csv").unlink()
    unpacked(layer, cache)  # mended, and stamped anew
    bytecode.write_text("newer")
    assert written_into(layer, cache) == ()
    unpacked(layer, cache)
    assert bytecode.read_text() == "newer"


def test_a_copy_of_which_nothing_is_known_becomes_what_the_layer_is(layer, cache):
    place = unpacked(layer, cache)
    shutil.rmtree(cache.root / "memo")
    overwrite(place)
    _write(place / "mark.txt")
    (place / "data/table.csv").unlink()
    unpacked(layer, cache)
    assert content(place) == FILES


def test_files_that_are_right_are_not_touched_while_others_read_them(layer, cache):
    place = unpacked(layer, cache)
    before = (place / "numpy/core.py").stat().st_ino
    shutil.rmtree(cache.root / "memo")
    assert (unpacked(layer, cache) / "numpy/core.py").stat().st_ino == before


def test_a_cache_that_was_copied_needs_no_repair_twice(layer, cache, tmp_path):
    unpacked(layer, cache)
    shutil.copytree(cache.root, tmp_path / "copy")
    copy = Cache(tmp_path / "copy")
    assert written_into(layer, copy) == ()
    place = unpacked(layer, copy)
    assert content(place) == FILES
    known = stamps(place)
    unpacked(layer, copy)
    assert stamps(place) == known


def test_files_of_the_copy_are_read_only(layer, cache):
    place = unpacked(layer, cache)
    assert {path.stat().st_mode & 0o222 for path in place.rglob("*") if path.is_file()} == {0}


def test_a_layer_that_is_gone_cannot_mend_its_copy(layer, cache):
    place = unpacked(layer, cache)
    overwrite(place)
    layer.path.write_bytes(b"no zip")
    with pytest.raises(ExternalError, match="could not unpack"):
        unpacked(layer, cache)


def test_nothing_was_written_into_what_is_not_unpacked(layer, cache):
    assert written_into(layer, cache) == ()


def test_each_driver_has_code_of_its_own(tmp_path, cache):
    layer = make_layer(tmp_path / "code.zip", "code")
    for name in ("first", "second"):
        driver_environment([layer], tmp_path / name, cache)
        assert content(tmp_path / name / "code") == FILES
        _write(tmp_path / name / "code/numpy/mark.txt")


def test_stamps_tell_links_and_directories_apart(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").symlink_to("a")
    found = stamps(tmp_path)
    assert found["a"] == DIRECTORY
    assert found["b"] != DIRECTORY
