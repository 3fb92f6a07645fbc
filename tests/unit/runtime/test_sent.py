"""The driver notes which kinds of functions it sends to executors."""

import sys

import pytest

from sparkferry.runtime.sent import Sent

WRAPPER = "def _wrap_function(context, function):\n    return function\n"


@pytest.fixture
def pyspark(tmp_path, monkeypatch):
    """A package with the two doors of Spark 3.5, as far as they are watched."""
    for name, text in {
        "pyspark/__init__.py": "",
        "pyspark/rdd.py": WRAPPER,
        "pyspark/sql/__init__.py": "",
        "pyspark/sql/udf.py": WRAPPER,
        "pyspark/sql/udtf.py": "from pyspark.sql.udf import _wrap_function\n",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    yield tmp_path / "pyspark"
    for name in [name for name in sys.modules if name.partition(".")[0] == "pyspark"]:
        del sys.modules[name]


def test_nothing_is_sent_at_first(pyspark):
    assert Sent().kinds == set()


@pytest.mark.parametrize(
    ("module", "kind"),
    [("pyspark.rdd", "rdd"), ("pyspark.sql.udf", "sql"), ("pyspark.sql.udtf", "sql")],
)
def test_a_function_that_is_made_ready_is_noted_and_passed_on(pyspark, module, kind):
    sent = Sent()
    assert sys.modules[module]._wrap_function("context", "function") == "function"
    assert sent.kinds == {kind}


def test_what_cannot_be_watched_counts_as_sent(pyspark):
    (pyspark / "rdd.py").write_text("")
    assert Sent().kinds == {"rdd"}


def test_without_pyspark_all_counts_as_sent():
    assert Sent().kinds == {"rdd", "sql"}
