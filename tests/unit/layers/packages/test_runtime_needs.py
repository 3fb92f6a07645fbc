import pytest

from sparkferry.layers.packages.runtime_needs import (
    find_test_imports,
    find_tests,
    imports,
    reads_stubs,
    used_tests,
)


def test_a_test_folder_is_one_inside_of_a_package():
    paths = [
        "a/__init__.py",
        "a/tests/__init__.py",
        "a/b/test/data/x.csv",
        "a/testing/c.py",
        "a/test.py",
    ]
    assert find_tests(paths) == {"a/tests/__init__.py", "a/b/test/data/x.csv"}


def test_a_stray_test_folder_at_the_top_counts():
    assert find_tests(["a.py", "tests/test_a.py"]) == {"tests/test_a.py"}


def test_a_package_named_tests_is_what_its_wheel_is_for():
    paths = ["test/__init__.py", "test/support.py", "test/test/x.py", "README"]
    assert find_tests(paths) == {"test/test/x.py"}


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import a.tests", "a.tests"),
        ("import os, a.tests.b as c", "a.tests.b"),
        ("from a.tests.b import c", "a.tests.b"),
        ("from a import tests", "a.tests"),
        ("from . import tests", "a.b.tests"),
        ("from .import tests", "a.b.tests"),
        ("from .tests import c", "a.b.tests"),
        ("from ..tests import c", "a.tests.c"),
        ("from .. import (\n    x,  # this\n    tests as t,\n)", "a.tests"),
        ("from .. import x, \\\n    tests", "a.tests"),
        ("if x: from a.tests import c", "a.tests"),
        ("from a.tests cimport c", "a.tests"),
        ("    import_module('a.tests.b')", "a.tests.b"),
        ('import_module(".tests", __package__)', "a.b.tests"),
    ],
)
def test_every_way_to_import_a_test_module_is_seen(source: str, found: str):
    assert found in set(find_test_imports("a/b/c.py", source.encode()))


@pytest.mark.parametrize(
    "source",
    [
        "import a.testing",
        "from a import b",
        "mode = 'test'",
        "# from a.tests import b",
        "x.test(1)",
    ],
)
def test_what_is_no_test_module_is_not_seen(source: str):
    assert set(find_test_imports("a/b/c.py", source.encode())) == set()


def test_entry_points_name_modules():
    text = b"[pytest11]\na = a.tests.plugin\nb=b.main:run\n"
    assert set(find_test_imports("entry_points.txt", text)) == {"a.tests.plugin"}


def test_a_package_is_where_relative_imports_begin():
    assert list(imports("a/__init__.py", b"from . import b")) == ["a", "a.b"]


def test_what_is_imported_is_followed_through_the_tests():
    sources = {
        "a/tests/__init__.py": b"",
        "a/tests/helper.py": b"from .deep.data import x\nfrom a.tests import loop",
        "a/tests/deep/__init__.py": b"import a.tests.fast",
        "a/tests/deep/data.py": b"",
        "a/tests/fast.cpython-312-x86_64-linux-gnu.so": b"\x7fELF",
        "a/tests/loop.py": b"import a.tests.helper",
        "a/tests/test_a.py": b"import a.tests.unused",
        "a/tests/unused.py": b"",
        "a/tests/data.csv": b"1,2",
    }
    used = used_tests(sources, ["a.tests.helper.function", "a.other"], sources.__getitem__)
    assert used == sources.keys() - {"a/tests/test_a.py", "a/tests/unused.py", "a/tests/data.csv"}


def test_nothing_is_used_where_nothing_is_imported():
    assert used_tests(["a/tests/x.py"], [], lambda path: path.encode()) == frozenset()


@pytest.mark.parametrize("source", [b"lazy.attach_stub(__name__)", b"open(x + '.pyi')"])
def test_code_that_reads_stubs_is_known(source: bytes):
    assert reads_stubs(source)
    assert not reads_stubs(b"# see __init__.pyi of numpy")


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "source", [b"'" + b"." * 1_000_000, b"from " + b"a." * 500_000, b"from a import (\n" * 100_000]
)
def test_a_hostile_source_takes_no_longer_than_another(source: bytes):
    assert list(find_test_imports("a/b.py", b"test " + source)) == []
