import pytest
from packaging.specifiers import SpecifierSet

from sparkferry.errors import UserError
from sparkferry.spark.versions import LINES, full_version, line_of, spark_line


def test_every_line_is_described_by_valid_specifiers():
    for line in LINES.values():
        assert line.newest.startswith(f"{line.line}.")
        assert 17 in line.java
        assert "3.11" in SpecifierSet(line.python)
        assert {"pandas", "pyarrow", "numpy"} == line.needs.keys()
        for wanted in (*line.needs.values(), *line.advised.values(), line.pandas_python):
            SpecifierSet(wanted)


def test_a_line_is_found_by_any_version_of_it():
    assert line_of("4.0.5") == "4.0"
    assert spark_line("4.0.5") is spark_line("4.0")


def test_an_unknown_line_is_named_with_the_known_ones():
    with pytest.raises(UserError, match=r"could not use Spark `2\.4`") as raised:
        spark_line("2.4")
    assert "3.5, 4.0" in (raised.value.hint or "")


def test_the_locked_version_wins_over_the_newest():
    assert full_version("4.0", None) == LINES["4.0"].newest
    assert full_version("4.0", "4.0.1") == "4.0.1"


def test_a_lock_of_another_line_is_refused():
    with pytest.raises(UserError, match=r"the lock names pyspark 3\.5\.1") as raised:
        full_version("4.0", "3.5.1")
    assert "pyspark==4.0.*" in (raised.value.hint or "")
