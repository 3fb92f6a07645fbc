import gzip
import hashlib
import io
import platform
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from sparkferry.base.cache import Cache
from sparkferry.errors import ExternalError, UserError
from sparkferry.files import sha256_file
from sparkferry.image.layers.wheels import package_layers
from sparkferry.image.model import ImageLayer
from sparkferry.layers.interpreter.prefix import Prefix
from sparkferry.layers.model import Wheel
from sparkferry.layers.packages.layer import packages_layer
from sparkferry.layers.packages.verify import wheel_indexes
from sparkferry.project.model import Packages
from support.interpreters import described
from support.raw_wheels import Raw, wheel_file

ROOT = "opt/sparkferry/packages/"
DEFAULT = Packages()
CODE = Raw(b"x = 1\n" * 9)
FOREIGN = described("/foreign", "3.12.1", native=False)
HERE = described(sys.base_prefix, platform.python_version())
INCOMPRESSIBLE = bytes(number * number % 251 for number in range(300_000))


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "cache")


def wheel(directory: Path, name: str, **files: Raw) -> Wheel:
    directory.mkdir(exist_ok=True)
    renamed = {path.replace("__", "/", 1): raw for path, raw in files.items()}
    path = wheel_file(directory, renamed, name)
    return Wheel(name=name, version="1.0", filename=path.name, sha256=sha256_file(path), path=path)


def contents(layers: tuple[ImageLayer, ...]) -> dict[str, tuple[bytes, int]]:
    """Return content and mode by path of the files in all layers; nothing may be there twice."""
    found = dict[str, tuple[bytes, int]]()
    for layer in layers:
        assert isinstance(layer.source, Path)
        with tarfile.open(
            fileobj=io.BytesIO(gzip.decompress(layer.source.read_bytes()))
        ) as archive:
            for member in archive:
                content = archive.extractfile(member)
                if content is not None:
                    assert member.name not in found
                    found[member.name] = content.read(), member.mode
    return found


def as_zip(
    wheels: list[Wheel], cache: Cache, prefix: Prefix = FOREIGN
) -> dict[str, tuple[bytes, int]]:
    layer = packages_layer(wheels, DEFAULT, prefix, cache).layer
    assert layer is not None
    with zipfile.ZipFile(layer.path) as archive:
        return {
            ROOT + info.filename: (archive.read(info), info.external_attr >> 16 & 0o777)
            for info in archive.infolist()
        }


def shapes(directory: Path) -> list[Wheel]:
    """Return wheels with files of every shape: deflated, stored, empty, executable, large."""
    scripts = {"demo-1.0.data/scripts/run": Raw(b"#!python\nprint(1)\n")}
    path = wheel_file(
        directory,
        {
            **scripts,
            "demo/__init__.py": CODE,
            "demo/empty.py": Raw(b""),
            "demo/none.py": Raw(b"", zipfile.ZIP_STORED),
            "demo/stored.txt": Raw(b"stored", zipfile.ZIP_STORED),
            "demo/large.bin": Raw(INCOMPRESSIBLE * 9, zipfile.ZIP_STORED),
            "demo/deflated.bin": Raw(INCOMPRESSIBLE * 9),
            "demo/lib.so": Raw(b"ELF" * 999, mode=0o100755),
            "demo/größe.txt": Raw(b"name"),
            "demo-1.0.dist-info/entry_points.txt": Raw(b"[console_scripts]\ndemo = demo:main\n"),
        },
    )
    demo = Wheel(
        name="demo", version="1.0", filename=path.name, sha256=sha256_file(path), path=path
    )
    return [demo, wheel(directory, "other", other____init__=CODE)]


def test_layers_hold_what_the_zip_holds(tmp_path: Path, cache: Cache) -> None:
    wheels = shapes(tmp_path)
    layers = package_layers(wheels, DEFAULT, FOREIGN, cache)
    assert [(layer.role, layer.name) for layer in layers] == [
        ("packages", "demo 1.0"),
        ("packages", "other 1.0"),
    ]
    found = contents(layers)
    assert found == as_zip(wheels, cache)
    assert found[f"{ROOT}demo/large.bin"][0] == INCOMPRESSIBLE * 9
    assert found[f"{ROOT}bin/demo"][1] == 0o755


def test_bytecode_is_in_the_layer_of_its_wheel(tmp_path: Path, cache: Cache) -> None:
    wheels = [
        wheel(tmp_path, name, **{f"{name}____init__.py": Raw(f"NAME = '{name}'\n".encode() * 400)})
        for name in ("aa", "bb")
    ]
    layers = package_layers(wheels, DEFAULT, HERE, cache)
    assert contents(layers) == as_zip(wheels, cache, HERE)
    for name, layer in zip(("aa", "bb"), layers, strict=True):
        compiled = [path for path in contents((layer,)) if path.endswith(".pyc")]
        assert [path.removeprefix(ROOT).split("/")[0] for path in compiled] == [name]


@pytest.mark.parametrize("argv", [("gzip", "-t"), ("tar", "-tzf")])
def test_other_tools_read_them(tmp_path: Path, cache: Cache, argv: tuple[str, ...]) -> None:
    for layer in package_layers(shapes(tmp_path), DEFAULT, FOREIGN, cache):
        done = subprocess.run([*argv, layer.source], capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")


def test_the_deflate_streams_are_those_of_the_wheel(tmp_path: Path, cache: Cache) -> None:
    odd = wheel(tmp_path, "demo", demo__odd=Raw(INCOMPRESSIBLE))
    (layer,) = package_layers([odd], DEFAULT, FOREIGN, cache)
    assert isinstance(layer.source, Path)
    with zipfile.ZipFile(odd.path) as archive:
        info = archive.getinfo("demo/odd")
        start = info.header_offset + 30 + len(info.filename)
    stream = odd.path.read_bytes()[start : start + info.compress_size]
    assert stream in layer.source.read_bytes()


def test_the_same_bytes_in_any_order_and_in_any_cache(tmp_path: Path, cache: Cache) -> None:
    wheels = shapes(tmp_path)
    first = package_layers(wheels, DEFAULT, FOREIGN, cache)
    second = package_layers(wheels[::-1], DEFAULT, FOREIGN, Cache(tmp_path / "another"))
    assert [x.descriptor for x in first] == [x.descriptor for x in second]
    assert {x.made for x in first + second} == {"built"}
    assert {x.made for x in package_layers(wheels, DEFAULT, FOREIGN, cache)} == {"cached"}


def test_one_changed_wheel_changes_one_layer(tmp_path: Path, cache: Cache) -> None:
    wheels = [wheel(tmp_path, name, **{f"{name}__m": CODE}) for name in ("aa", "bb", "cc")]
    before = package_layers(wheels, DEFAULT, FOREIGN, cache)
    changed = wheel(tmp_path / "new", "bb", bb__m=Raw(b"y = 2\n"))
    after = package_layers([wheels[0], changed, wheels[2]], DEFAULT, FOREIGN, cache)
    assert [old.descriptor == new.descriptor for old, new in zip(before, after, strict=True)] == [
        True,
        False,
        True,
    ]
    assert [layer.made for layer in after] == ["cached", "built", "cached"]


def test_many_wheels_share_a_few_layers(tmp_path: Path, cache: Cache) -> None:
    wheels = [wheel(tmp_path, f"w{number}", **{f"w{number}__m": CODE}) for number in range(30)]
    layers = package_layers(wheels, DEFAULT, FOREIGN, cache)
    assert len(layers) <= 24
    assert contents(layers) == as_zip(wheels, cache)


def test_pruning_is_that_of_the_packages(tmp_path: Path, cache: Cache) -> None:
    wheels = [wheel(tmp_path, "demo", **{"demo____init__.py": CODE, "demo__m.pyi": CODE})]
    pruned = contents(package_layers(wheels, DEFAULT, FOREIGN, cache))
    whole = contents(package_layers(wheels, Packages(prune=False), FOREIGN, cache))
    assert whole.keys() - pruned.keys() == {f"{ROOT}demo/m.pyi"}


def test_a_file_that_two_wheels_share_is_there_once(tmp_path: Path, cache: Cache) -> None:
    wheels = [wheel(tmp_path, name, shared__m=CODE) for name in ("aa", "bb")]
    assert f"{ROOT}shared/m" in contents(package_layers(wheels, DEFAULT, FOREIGN, cache))


def test_a_conflict_of_two_wheels_is_told(tmp_path: Path, cache: Cache) -> None:
    wheels = [wheel(tmp_path, name, shared__m=Raw(name.encode())) for name in ("aa", "bb")]
    with pytest.raises(UserError, match="hold different files `shared/m`"):
        package_layers(wheels, DEFAULT, FOREIGN, cache)


def test_a_wheel_that_shrinks_after_it_was_verified_is_told(tmp_path: Path, cache: Cache) -> None:
    wheels = [wheel(tmp_path, "demo", demo__m=Raw(INCOMPRESSIBLE))]
    wheel_indexes(cache, wheels)
    wheels[0].path.write_bytes(wheels[0].path.read_bytes()[:200])
    with pytest.raises(ExternalError, match=r"`demo-1.0-py3-none-any.whl`: it ends before"):
        package_layers(wheels, DEFAULT, FOREIGN, cache)


def test_a_wheel_that_changes_after_it_was_verified_is_told(tmp_path: Path, cache: Cache) -> None:
    wheels = [wheel(tmp_path, "demo", demo__m=Raw(INCOMPRESSIBLE))]
    wheel_indexes(cache, wheels)
    data = bytearray(wheels[0].path.read_bytes())
    data[200:300] = bytes(100)
    wheels[0].path.write_bytes(data)
    with pytest.raises(ExternalError, match=r"`demo-1.0-py3-none-any.whl`: `demo/m` is damaged"):
        package_layers(wheels, DEFAULT, FOREIGN, cache)


def test_the_diff_id_is_that_of_the_content(tmp_path: Path, cache: Cache) -> None:
    for layer in package_layers(shapes(tmp_path), DEFAULT, FOREIGN, cache):
        assert isinstance(layer.source, Path)
        plain = gzip.decompress(layer.source.read_bytes())
        assert layer.diff_id == f"sha256:{hashlib.sha256(plain).hexdigest()}"


def test_without_wheels_there_are_no_layers(cache: Cache) -> None:
    assert package_layers([], DEFAULT, FOREIGN, cache) == ()
