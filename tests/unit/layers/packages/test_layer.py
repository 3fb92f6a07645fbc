import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Self

import pytest

from sparkferry.base.cache import Cache
from sparkferry.errors import ExternalError, UserError
from sparkferry.files import sha256_file
from sparkferry.layers.model import Layer, Wheel
from sparkferry.layers.packages.layer import packages_layer, packing_warnings
from sparkferry.layers.packages.wheel_record import parse_record
from sparkferry.layers.packages.zip_read import read_archive
from sparkferry.progress import QUIET
from sparkferry.project.model import Packages
from support.interpreters import described
from support.raw_wheels import Raw, complete, wheel_file

CODE = Raw(b"x = 1\n" * 9)
FOREIGN = described("/foreign", "3.12.1", native=False)


class Told:
    """Progress that remembers what it was told."""

    def __init__(self) -> None:
        self.messages: list[str] = []
        self.done: dict[str, int] = {}
        self.total: dict[str, int | None] = {}

    def task(self, title: str, total: int | None = None, unit: str = "B") -> "Told":
        self.title = title
        self.done[title], self.total[title] = 0, total
        return self

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        return None

    def advance(self, amount: int) -> None:
        self.done[self.title] += amount

    def message(self, text: str) -> None:
        self.messages.append(text)


def wheel(directory: Path, name: str, files: dict[str, Raw]) -> Wheel:
    path = wheel_file(directory, files, name)
    return Wheel(name=name, version="1.0", filename=path.name, sha256=sha256_file(path), path=path)


def pack(cache: Cache, *wheels: Wheel, **settings: object) -> Layer:
    layer = packages_layer(wheels, Packages(**settings), FOREIGN, cache).layer
    assert layer is not None
    return layer


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "cache")


def test_no_wheels_make_no_layer(cache: Cache):
    assert packages_layer([], Packages(), FOREIGN, cache).layer is None


def test_the_layer_is_named_by_its_content_whatever_the_order_of_the_wheels(
    cache: Cache, tmp_path: Path
):
    first = wheel(tmp_path, "aaa", {"aaa.py": CODE})
    second = wheel(tmp_path, "bbb", {"bbb.py": Raw(os.urandom(900_000))})
    layer = pack(cache, first, second)
    again = pack(Cache(tmp_path / "other"), second, first)
    assert layer.digest == again.digest == sha256_file(layer.path)
    assert layer.size == layer.path.stat().st_size


def test_a_known_selection_is_not_packed_again_but_a_lost_layer_is(cache: Cache, tmp_path: Path):
    one = wheel(tmp_path, "aaa", {"aaa.py": CODE})
    layer = pack(cache, one)
    away = one.path.rename(tmp_path / "away")
    assert pack(cache, one) == layer
    away.rename(one.path)
    layer.path.unlink()
    assert pack(cache, one) == layer
    assert layer.path.exists()


def test_other_settings_make_another_layer(cache: Cache, tmp_path: Path):
    one = wheel(tmp_path, "aaa", {"aaa/__init__.py": CODE, "aaa/tests/x.py": CODE})
    sizes = [pack(cache, one, **settings).size for settings in ({}, {"keep": ("x.py",)})]
    assert sizes[0] < sizes[1] == pack(cache, one, prune=False).size


def test_record_lists_what_the_layer_holds(cache: Cache, tmp_path: Path):
    data = "aaa-1.0.data"
    files = {
        "aaa/__init__.py": CODE,
        "aaa/tests/x.py": CODE,
        f"{data}/scripts/tool": Raw(b"#!python\nprint(1)\n"),
        f"{data}/headers/a.h": CODE,
        f"{data}/data/etc/a.conf": CODE,
        "aaa-1.0.dist-info/entry_points.txt": Raw(b"[console_scripts]\nrun = aaa:main\n"),
        "aaa-1.0.dist-info/RECORD.jws": CODE,
    }
    layer = pack(cache, wheel(tmp_path, "aaa", files))
    with zipfile.ZipFile(layer.path) as archive:
        record = parse_record(archive.read("aaa-1.0.dist-info/RECORD")).lines
        names = archive.namelist()
        assert record.keys() == set(names)
        assert record["aaa-1.0.dist-info/RECORD"].hash == ""
        assert len(archive.read("bin/tool")) == int(record["bin/tool"].size)
    assert {"bin/tool", "bin/run", "include/aaa/a.h", "etc/a.conf", "aaa/__init__.py"} < set(names)
    assert not {"aaa/tests/x.py", "aaa-1.0.dist-info/RECORD.jws"} & set(names)


def test_a_layer_is_a_directory_that_python_and_its_metadata_understand(
    cache: Cache, tmp_path: Path
):
    layer = pack(cache, wheel(tmp_path, "aaa", {"aaa/__init__.py": Raw(b"def main(): return 7\n")}))
    with zipfile.ZipFile(layer.path) as archive:
        archive.extractall(tmp_path / "packages")
    code = "import aaa, importlib.metadata as m; print(aaa.main(), m.version('aaa'), len(m.files('aaa')))"
    env = {"PYTHONPATH": str(tmp_path / "packages")}
    done = subprocess.run(
        [sys.executable, "-S", "-c", code], env=env, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["7", "1.0", "4"]


def test_scripts_run_on_the_interpreter_beside_the_packages(cache: Cache, tmp_path: Path):
    files = {
        "aaa-1.0.data/scripts/old": Raw(
            b'#!python -E\n"""Doc."""\nfrom __future__ import annotations\nimport sys\nprint(sys.argv[1:])\n'
        ),
        "aaa.py": Raw(b"class App:\n    @staticmethod\n    def main(): return 5\n"),
        "aaa-1.0.dist-info/entry_points.txt": Raw(b"[console_scripts]\nnew = aaa:App.main\n"),
    }
    layer = pack(cache, wheel(tmp_path, "aaa", files))
    home = tmp_path / "two words"
    subprocess.run([sys.executable, "-m", "zipfile", "-e", layer.path, home / "real"], check=True)
    (home / "packages").symlink_to("real")
    (home / "python/bin").mkdir(parents=True)
    (home / "python/bin/python3").symlink_to(sys.executable)
    for name in ("old", "new"):
        (home / "packages/bin" / name).chmod(0o755)
    env = {"PYTHONPATH": str(home / "packages"), "PATH": os.defpath}
    old = subprocess.run(
        [home / "packages/bin/old", "a b", "$c"],
        env=env,
        capture_output=True,
        text=True,
        check=True,
    )
    assert old.stdout == "['a b', '$c']\n"
    assert subprocess.run(["packages/bin/new"], env=env, cwd=home, check=False).returncode == 5


def test_only_executables_and_scripts_may_be_executed(cache: Cache, tmp_path: Path):
    files = {
        "aaa/run": Raw(b"\x7fELF", mode=0o100755),
        "aaa/odd.py": Raw(b"", mode=0),
        "aaa-1.0.data/scripts/x": CODE,
    }
    members = read_archive(pack(cache, wheel(tmp_path, "aaa", files)).path).members
    assert {item.name for item in members if item.executable} == {"aaa/run", "bin/x"}


def test_files_that_differ_are_an_error_that_names_both_wheels(cache: Cache, tmp_path: Path):
    ours = {f"common/m{number}.py": CODE for number in range(7)}
    theirs = {path: Raw(b"other") for path in ours}
    wheels = [wheel(tmp_path, "aaa", ours), wheel(tmp_path, "bbb", theirs)]
    wheels.append(wheel(tmp_path, "ccc", {"common/m1.py/x": CODE}))
    with pytest.raises(UserError) as error:
        pack(cache, *wheels)
    assert error.value.message == (
        "could not pack `packages.zip`: `aaa-1.0-py3-none-any.whl` and `bbb-1.0-py3-none-any.whl` hold "
        "different files `common/m0.py`, `common/m1.py`, `common/m2.py`, `common/m3.py`, `common/m4.py` "
        "and 2 more; `aaa-1.0-py3-none-any.whl` and `ccc-1.0-py3-none-any.whl` hold different files "
        "`common/m1.py`"
    )
    assert error.value.hint


def test_files_that_are_the_same_ship_once(cache: Cache, tmp_path: Path):
    shared = {"common/__init__.py": CODE}
    layer = pack(cache, wheel(tmp_path, "aaa", shared), wheel(tmp_path, "bbb", shared))
    assert [item.name for item in read_archive(layer.path).members].count("common/__init__.py") == 1


def test_progress_counts_the_bytes_of_the_layer(cache: Cache, tmp_path: Path):
    told = Told()
    packed = packages_layer(
        [wheel(tmp_path, "aaa", {"aaa.py": CODE})], Packages(), FOREIGN, cache, told
    )
    assert packed.layer is not None
    assert told.done == told.total
    assert told.total["packages.zip"] == packed.layer.size


def test_carelessness_of_publishers_is_told_each_time(cache: Cache, tmp_path: Path):
    record = Raw(b"aaa-1.0.dist-info/RECORD,,\n")
    one = wheel(tmp_path, "aaa", {"aaa.py": CODE, "aaa-1.0.dist-info/RECORD": record})
    for _ in range(2):
        (found,) = packages_layer([one], Packages(), FOREIGN, cache).warnings
        assert str(found).startswith(
            "warning: `aaa-1.0-py3-none-any.whl` does not keep to the wheel specification: "
            "its RECORD does not list `aaa.py`, "
        )
        assert found.hint
    assert packing_warnings([one], Packages(), FOREIGN, cache, QUIET) == (found,)


HARMLESS = {
    "LICENSE": (b"MIT", b"BSD"),
    "README.md": (b"a", b"b"),
    "docs/index.rst": (b"a", b"b"),
    "setup.py": (b"a", b"b"),
    "share/man/man1/tool.1": (b"a", b"b"),
    "aaa-1.0.data/scripts/tool": (b"#!python\na\n", b"#!python\nb\n"),
    "common/__init__.pyi": (b"a", b"b"),
    "examples/run.py": (b"a", b"b"),
}


@pytest.mark.parametrize(("path", "pair"), HARMLESS.items(), ids=HARMLESS.keys())
def test_of_two_licences_one_ships_with_a_warning(path, pair, cache: Cache, tmp_path: Path):
    names = {"aaa": pair[0], "bbb": pair[1]}
    wheels = [
        wheel(tmp_path, name, {path.replace("aaa", name): Raw(data)})
        for name, data in names.items()
    ]
    packed = packages_layer(wheels[::-1], Packages(prune=False), FOREIGN, cache)
    (found,) = packed.warnings
    assert "`aaa-1.0-py3-none-any.whl` and `bbb-1.0-py3-none-any.whl` hold different" in str(found)
    assert str(found).endswith("those of `aaa-1.0-py3-none-any.whl` ship")
    with zipfile.ZipFile(packed.layer.path) as archive:
        place = path.replace("aaa-1.0.data/scripts", "bin")
        assert archive.read(place).splitlines()[-1] == pair[0].splitlines()[-1]
        assert place in parse_record(archive.read("aaa-1.0.dist-info/RECORD")).lines
        assert place not in parse_record(archive.read("bbb-1.0.dist-info/RECORD")).lines


NAMESPACES = (
    b"",
    b"# Licence\n",
    b'"""Ours."""\n__path__ = __import__("pkgutil").extend_path(__path__, __name__)\n',
    b"from pkgutil import extend_path\n__path__ = extend_path(__path__, __name__)\n",
    (
        b"try:\n    import pkg_resources\n    pkg_resources.declare_namespace(__name__)\n"
        b"except ImportError:\n    import pkgutil\n"
        b"    __path__ = pkgutil.extend_path(__path__, __name__)\n"
    ),
    b"__import__('pkg_resources').declare_namespace(__name__)\n",
)


def test_namespaces_are_declared_in_any_words(cache: Cache, tmp_path: Path):
    wheels = [
        wheel(tmp_path, f"n{number}", {"google/__init__.py": Raw(text)})
        for number, text in enumerate(NAMESPACES)
    ]
    packed = packages_layer(wheels, Packages(), FOREIGN, cache)
    assert packed.warnings == ()
    real = wheel(tmp_path, "zzz", {"google/__init__.py": Raw(b"import os\n")})
    packed = packages_layer([*wheels, real], Packages(), FOREIGN, cache)
    assert packed.warnings == ()
    with zipfile.ZipFile(packed.layer.path) as archive:
        assert archive.read("google/__init__.py") == b"import os\n"


def test_a_setting_decides_which_of_two_modules_ships(cache: Cache, tmp_path: Path):
    wheels = [
        wheel(tmp_path, name, {"cv2/__init__.py": Raw(f"NAME = {name!r}\n".encode())})
        for name in ("opencv_python", "opencv_python_headless")
    ]
    with pytest.raises(UserError) as error:
        pack(cache, *wheels)
    assert 'packages.prefer = ["opencv-python"]' in error.value.hint
    packed = packages_layer(
        wheels, Packages(prefer=("OpenCV.python-headless", "none")), FOREIGN, cache
    )
    with zipfile.ZipFile(packed.layer.path) as archive:
        assert b"headless" in archive.read("cv2/__init__.py")
    assert [str(x) for x in packed.warnings] == [
        "warning: `packages.prefer` names `none`, which the lock does not"
    ]


def test_a_setting_decides_between_a_file_and_a_directory(cache: Cache, tmp_path: Path):
    one = wheel(tmp_path, "aaa", {"common": CODE})
    two = wheel(tmp_path, "bbb", {"common/a.py": CODE, "common/b.py": CODE})
    for chosen, paths in {"aaa": {"common"}, "bbb": {"common/a.py", "common/b.py"}}.items():
        with zipfile.ZipFile(pack(cache, one, two, prefer=(chosen,)).path) as archive:
            assert {path for path in archive.namelist() if "dist-info" not in path} == paths


def test_a_wheel_that_changed_after_it_was_verified_is_noticed(cache: Cache, tmp_path: Path):
    one = wheel(tmp_path, "aaa", {"aaa.py": CODE})
    pack(cache, one)
    one.path.write_bytes(b"")
    with pytest.raises(ExternalError, match=r"could not pack `aaa-1.0-.*`: it ends before byte"):
        pack(cache, one, prune=False)


def test_large_files_are_copied_whole(cache: Cache, tmp_path: Path):
    noise = os.urandom(3 << 20)
    files = {"aaa/a": Raw(noise), "aaa/tests/b": Raw(noise), "aaa/c": Raw(noise, 0), "aaa/d": CODE}
    with zipfile.ZipFile(pack(cache, wheel(tmp_path, "aaa", files)).path) as archive:
        assert archive.testzip() is None
        assert archive.read("aaa/a") == archive.read("aaa/c") == noise
        assert len(archive.namelist()) == len(complete(files)) - 1
