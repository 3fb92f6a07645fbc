import base64
import csv
import hashlib
import platform
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from sparkferry.base.cache import Cache
from sparkferry.files import sha256_file
from sparkferry.layers.model import Layer, Wheel
from sparkferry.layers.packages.layer import packages_layer
from sparkferry.project.model import Packages
from support.interpreters import described
from support.raw_wheels import Raw, wheel_file

HERE = described(sys.base_prefix, platform.python_version())
TAG = sys.implementation.cache_tag
LARGE = b"VALUE = 'right'\n" + b"# a comment that makes it worth while\n" * 120
FILES = {
    "demo/__init__.py": Raw(LARGE),
    "demo/small.py": Raw(b"x = 1\n"),
    "demo/broken.py": Raw(b"print 1\n" + LARGE),
    "demo/template.txt": Raw(LARGE),
    "demo/tests/test_demo.py": Raw(LARGE),
    "demo-1.0.data/purelib/demo/more.py": Raw(LARGE),
    "demo-1.0.data/scripts/tool.py": Raw(LARGE),
}


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "cache")


def wheel(directory: Path, files: dict[str, Raw] = FILES) -> Wheel:
    directory.mkdir(exist_ok=True)
    path = wheel_file(directory, files, "demo")
    return Wheel(
        name="demo", version="1.0", filename=path.name, sha256=sha256_file(path), path=path
    )


def packed(cache: Cache, given: Wheel, **settings: object) -> Layer:
    layer = packages_layer([given], Packages(**settings), HERE, cache).layer
    assert layer is not None
    return layer


def compiled(layer: Layer) -> set[str]:
    with zipfile.ZipFile(layer.path) as archive:
        assert archive.testzip() is None
        return {name for name in archive.namelist() if name.endswith(".pyc")}


def test_what_is_worth_while_is_compiled(cache: Cache, tmp_path: Path):
    layer = packed(cache, wheel(tmp_path))
    assert compiled(layer) == {
        f"demo/__pycache__/__init__.{TAG}.pyc",
        f"demo/__pycache__/more.{TAG}.pyc",
    }


def test_python_imports_the_bytecode_without_looking_at_the_source(cache: Cache, tmp_path: Path):
    layer = packed(cache, wheel(tmp_path))
    with zipfile.ZipFile(layer.path) as archive:
        archive.extractall(tmp_path / "packages")
    (tmp_path / "packages/demo/__init__.py").write_text("VALUE = 'compiled again'\n")
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); import demo; print(demo.VALUE, demo.__file__)"
    )
    argv = [sys.executable, "-I", "-c", code, str(tmp_path / "packages")]
    said = subprocess.run(argv, capture_output=True, text=True, check=True).stdout
    assert said.split() == ["right", str(tmp_path / "packages/demo/__init__.py")]


def test_record_lists_the_bytecode(cache: Cache, tmp_path: Path):
    with zipfile.ZipFile(packed(cache, wheel(tmp_path)).path) as archive:
        rows = csv.reader(archive.read("demo-1.0.dist-info/RECORD").decode().splitlines())
        recorded = {path: (digest, size) for path, digest, size in rows}
        for name in archive.namelist():
            if name.endswith(".pyc"):
                data = archive.read(name)
                digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=")
                assert recorded[name] == (f"sha256={digest.decode()}", str(len(data)))


def test_two_caches_make_the_same_bytes(cache: Cache, tmp_path: Path, monkeypatch):
    first = packed(cache, wheel(tmp_path))
    monkeypatch.setenv("PYTHONHASHSEED", "7")
    monkeypatch.setenv("PYTHONOPTIMIZE", "2")
    assert packed(Cache(tmp_path / "other"), wheel(tmp_path / "elsewhere")).digest == first.digest


def test_lost_bytecode_is_made_again(cache: Cache, tmp_path: Path):
    given = wheel(tmp_path)
    first = packed(cache, given)
    for area in ("bytecode", "layers"):
        shutil.rmtree(cache.root / area)
    assert packed(cache, given).digest == first.digest
    assert compiled(first)


def test_bytecode_is_made_once_whatever_the_settings(cache: Cache, tmp_path: Path):
    given = wheel(tmp_path)
    packed(cache, given)
    made = {entry.key for entry in cache.entries() if entry.area == "bytecode"}
    whole = packed(cache, given, prune=False)
    assert made == {entry.key for entry in cache.entries() if entry.area == "bytecode"}
    assert compiled(whole)


def test_bytecode_of_the_wheel_itself_stays_where_nothing_is_pruned(cache: Cache, tmp_path: Path):
    own = f"demo/__pycache__/__init__.{TAG}.pyc"
    given = wheel(tmp_path, {**FILES, own: Raw(b"the wheel's own")})
    with zipfile.ZipFile(packed(cache, given, prune=False).path) as archive:
        assert archive.read(own) == b"the wheel's own"
    assert own in compiled(packed(cache, given))


def test_a_python_of_another_platform_compiles_nothing(cache: Cache, tmp_path: Path):
    foreign = described(sys.base_prefix, platform.python_version(), native=False)
    layer = packages_layer([wheel(tmp_path)], Packages(), foreign, cache).layer
    assert layer is not None
    assert compiled(layer) == set()


def test_a_wheel_without_sources_worth_while_ships_as_it_is(cache: Cache, tmp_path: Path):
    layer = packed(cache, wheel(tmp_path, {"demo.py": Raw(b"x = 1\n")}))
    assert compiled(layer) == set()
