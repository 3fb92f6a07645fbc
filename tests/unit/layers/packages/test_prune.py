from pathlib import Path

import pytest

from sparkferry.layers.packages.prune import left_out
from sparkferry.layers.packages.verify import verify_wheel
from sparkferry.project.model import Packages
from support.raw_wheels import Raw, wheel_file

CODE = Raw(b"x = 1\n")
SHIPS = [
    "demo/__init__.py",
    "demo/py.typed",
    "demo/include/demo.h",
    "demo/libdemo.a",
    "demo/handwritten.c",
    "demo/testing/tools.py",
    "demo/test_case.py",
    "demo-1.0.data/data/share/tests/x.txt",
    "demo-1.0.data/scripts/tests",
    "demo-1.0.data/headers/demo/test/x.pxd",
    "demo-1.0.dist-info/licenses/tests/LICENSE",
]
DOES_NOT_SHIP = [
    "demo/tests/__init__.py",
    "demo/tests/data/big.csv",
    "demo/sub/test/test_x.py",
    "demo/__init__.pyi",
    "demo/fast.pyx",
    "demo/fast.pxd",
    "demo/fast.pxi",
    "demo/slow.pyx.tp",
    "demo/slow.pxd.in",
    "demo/fast.c",
    "demo/slow.cpp",
    "demo/__pycache__/x.cpython-312.pyc",
    "demo-1.0.data/purelib/demo/more/tests/x.py",
    "demo-1.0.data/platlib/demo/more.pyi",
    "tests/test_demo.py",
]


def pruned(directory: Path, settings: Packages, **changed: bytes) -> frozenset[str]:
    files = dict.fromkeys(SHIPS + DOES_NOT_SHIP, CODE)
    files["demo/__init__.py"] = Raw(changed.get("source", b""))
    return left_out(verify_wheel(wheel_file(directory, files)), settings)


def test_by_default_what_nothing_imports_does_not_ship(tmp_path: Path):
    assert pruned(tmp_path, Packages()) == set(DOES_NOT_SHIP)


def test_pruning_can_be_turned_off(tmp_path: Path):
    assert pruned(tmp_path, Packages(prune=False)) == frozenset()


@pytest.mark.parametrize(
    ("pattern", "kept"),
    [
        ("demo/tests/", {"demo/tests/__init__.py", "demo/tests/data/big.csv"}),
        ("*.csv", {"demo/tests/data/big.csv"}),
        ("/demo/more/**", {"demo-1.0.data/purelib/demo/more/tests/x.py"}),
    ],
)
def test_patterns_of_files_to_keep_are_those_of_gitignore(
    pattern: str, kept: set[str], tmp_path: Path
):
    left = pruned(tmp_path, Packages(keep=(pattern,)))
    assert set(DOES_NOT_SHIP) - left == kept


def test_a_test_module_that_the_package_imports_ships(tmp_path: Path):
    left = pruned(tmp_path, Packages(), source=b"from demo.tests import helper\n")
    assert set(DOES_NOT_SHIP) - left == {"demo/tests/__init__.py"}


def test_stubs_that_the_package_reads_ship(tmp_path: Path):
    left = pruned(tmp_path, Packages(), source=b"lazy.attach_stub(__name__, __file__)\n")
    assert set(DOES_NOT_SHIP) - left == {
        "demo/__init__.pyi",
        "demo-1.0.data/platlib/demo/more.pyi",
    }
