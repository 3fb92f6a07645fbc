"""Which imports of a source run for certain, may run, or are handled when they fail."""

import pytest

from sparkferry.layers.modules.facts import Need
from sparkferry.layers.modules.parse import facts_of

ALWAYS, MAYBE, OPTIONAL = Need.ALWAYS, Need.MAYBE, Need.OPTIONAL


@pytest.mark.parametrize(
    ("source", "need"),
    [
        ("import m", ALWAYS),
        ("class A:\n    import m", ALWAYS),
        ("with open('x') as f:\n    import m", ALWAYS),
        ("try:\n    import m\nfinally:\n    pass", ALWAYS),
        ("try:\n    import m\nexcept KeyError:\n    pass", ALWAYS),
        ("if not TYPE_CHECKING:\n    import m", ALWAYS),
        ("if typing.TYPE_CHECKING:\n    pass\nelse:\n    import m", ALWAYS),
        ("def f():\n    import m", MAYBE),
        ("async def f():\n    import m", MAYBE),
        ("for x in y:\n    import m", MAYBE),
        ("if settings.FAST:\n    import m", MAYBE),
        ("match x:\n    case 1:\n        import m", MAYBE),
        ("try:\n    import m\nexcept ImportError as e:\n    raise SystemExit('install m') from e", MAYBE),
        ("import importlib\nx = importlib.import_module('m')", MAYBE),
        ("x = __import__('m')", MAYBE),
        ("try:\n    import m\nexcept ImportError:\n    m = None", OPTIONAL),
        ("try:\n    import m\nexcept (KeyError, ModuleNotFoundError):\n    m = None", OPTIONAL),
        ("try:\n    import m\nexcept:\n    m = None", OPTIONAL),
        ("try:\n    pass\nexcept ImportError:\n    import m", OPTIONAL),
        ("try:\n    x = import_module('m')\nexcept ImportError:\n    x = None", OPTIONAL),
        ("with contextlib.suppress(ImportError):\n    import m", OPTIONAL),
        ("if sys.version_info < (3, 11):\n    import m", OPTIONAL),
        ("if sys.platform == 'win32':\n    import m", OPTIONAL),
        ("if os.name == 'nt':\n    import m", OPTIONAL),
        ("if importlib.util.find_spec('m'):\n    import m", OPTIONAL),
        ("def f():\n    try:\n        import m\n    except ImportError:\n        pass", OPTIONAL),
    ],
)  # fmt: skip
def test_how_certain_an_import_is(source, need):
    found = [item for item in facts_of(source.encode(), 11).imports if item.module == "m"]
    assert [item.need for item in found] == [need]


@pytest.mark.parametrize(
    "source",
    [
        "if TYPE_CHECKING:\n    import m",
        "if typing.TYPE_CHECKING:\n    from m import x",
        "'import m'",
        "import_module(name)",
    ],
)
def test_what_is_not_an_import(source):
    assert facts_of(source.encode(), 11).imports == ()


def test_what_runs_only_in_the_main_module_is_marked():
    source = b"import a\nif __name__ == '__main__':\n    import b\n"
    found = facts_of(source, 11).imports
    assert [(item.module, item.line, item.main) for item in found] == [
        ("a", 1, False),
        ("b", 3, True),
    ]


def test_relative_and_star_imports():
    found = facts_of(b"from .. import a, b\nfrom .c.d import *\n", 11).imports
    assert [(item.level, item.module, item.names) for item in found] == [
        (2, "", ("a", "b")),
        (1, "c.d", ("*",)),
    ]


def test_a_byte_order_mark_and_windows_line_ends_are_python():
    facts = facts_of(b"\xef\xbb\xbfimport a\r\nimport b\r\n", 11)
    assert [(item.module, item.line) for item in facts.imports] == [("a", 1), ("b", 2)]


def test_source_of_another_python_is_an_error_with_its_line():
    assert facts_of(b"x = 1\nprint 'a'\n", 11).line == 2
    assert "null bytes" in facts_of("import a".encode("utf-16"), 11).error
    newer = facts_of(b"x = 1\ntry:\n    pass\nexcept* KeyError:\n    pass\n", 10)
    assert (newer.error is not None, newer.imports) == (True, ())


def test_a_newer_syntax_than_this_python_knows_is_not_judged():
    facts = facts_of(b"this is python of the future\n", 99)
    assert (facts.error, facts.changes_path) == (None, True)


def test_a_warning_about_source_is_not_shown():
    assert facts_of(b"x = '\\d'\nimport a\n", 11).imports[0].module == "a"


@pytest.mark.parametrize(
    "source",
    ["sys.path.append('x')", "sys.path[0:0] = ['x']", "from sys import path", "site.addsitedir('x')",
     "spark.sparkContext.addPyFile('a.zip')", "sys.meta_path.append(X())"],
)  # fmt: skip
def test_what_changes_the_search(source):
    assert facts_of(source.encode(), 11).changes_path


def test_how_names_begin_that_are_put_together():
    source = b"import_module(f'steps.{name}')\nimportlib.import_module('plugins.' + name)\n"
    assert facts_of(source, 11).prefixes == ("steps.", "plugins.")
