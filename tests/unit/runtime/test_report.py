import json
from collections import namedtuple
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from pathlib import Path

import pytest

from sparkferry.runtime.as_json import NotJsonError, as_json
from sparkferry.runtime.report import Report


class Colour(Enum):
    red = 1


@dataclass
class Point:
    x: float


class Scalar:
    """Converts as numpy's scalars and arrays do."""

    def __init__(self, value):
        self.value = value

    def tolist(self):
        return self.value


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"a": [1, 2.5, None, True, "é"]}, {"a": [1, 2.5, None, True, "é"]}),
        ((1, 2), [1, 2]),
        ({3, 1}, [1, 3]),
        (date(2026, 1, 31), "2026-01-31"),
        (Path("a/b"), "a/b"),
        (Colour.red, 1),
        (Point(1.0), {"x": 1.0}),
        (Scalar([1, float("nan")]), [1, None]),
        (float("inf"), None),
        ({1: "a", date(2026, 1, 1): "b", None: "c"}, {"1": "a", "2026-01-01": "b", "null": "c"}),
        (namedtuple("Pair", "a b")(1, 2), [1, 2]),  # noqa: PYI024 - the plain kind is meant
    ],
)
def test_values_become_json_data(value, expected):
    assert as_json(value) == expected


@pytest.mark.parametrize("value", [object(), Decimal, lambda: 0, {"a": [object()]}])
def test_what_json_has_no_form_for_is_named(value):
    with pytest.raises(NotJsonError, match="a value of type"):
        as_json(value)


@pytest.mark.parametrize("scheme", ["", "file://"])
def test_a_file_is_replaced_whole_and_nothing_is_left_beside_it(tmp_path, scheme):
    report = Report(f"{scheme}{tmp_path}/my report%20")
    for value in (1, 2):
        report.write("result.json", {"a": value})
    place = tmp_path / "my report%20"
    assert json.loads((place / "result.json").read_text()) == {"a": 2}
    assert [path.name for path in place.iterdir()] == ["result.json"]


def test_a_report_elsewhere_is_logged_while_there_is_no_session(caplog):
    Report("hdfs://cluster/report").write("result.json", {"state": "failed"})
    assert '/result.json without a session: {"state": "failed"}' in caplog.text


class Dead:
    """A virtual machine that is gone."""

    def __getattr__(self, name):
        raise ConnectionError("nobody answers")


def test_a_report_that_a_dead_session_cannot_write_is_logged(caplog):
    report = Report("hdfs://cluster/report")
    report._hadoop = (Dead(), None)
    report.write("result.json", {"state": "failed"})
    assert 'result.json: nobody answers: {"state": "failed"}' in caplog.text
