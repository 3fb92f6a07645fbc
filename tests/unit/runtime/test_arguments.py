# ruff: noqa: UP007, UP045 - users write the old spellings too, and they are other objects
from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, NewType, Optional, Union

import pytest

from sparkferry.runtime.arguments import (
    ArgumentError,
    ArgumentsError,
    Parameter,
    bind,
    convert,
    parameters_of,
)

if TYPE_CHECKING:
    from decimal import Decimal


class Colour(Enum):
    red = "r"
    green = "red"
    blue = 3


class Level(Enum):
    none = 0
    full = 1


UserId = NewType("UserId", int)


class Rows:
    """Holds its type as `type Rows = int` does (syntax of Python 3.12)."""

    __value__ = int


NAIVE = datetime.fromisoformat("2026-01-31T12:30:00")

ACCEPTED = [
    (int, "1_000", 1000),
    (int, "-8", -8),
    (int, 7, 7),
    (float, "1e3", 1000.0),
    (float, 2, 2.0),
    (bool, "Yes", True),
    (bool, "off", False),
    (bool, True, True),
    (str, " a=b,\n\udcff ", " a=b,\n\udcff "),
    (str, "null", "null"),
    (Path, "a/b", Path("a/b")),
    (Path, Path("x"), Path("x")),
    (date, "2026-01-31", date(2026, 1, 31)),
    (date, date(2026, 1, 31), date(2026, 1, 31)),
    (datetime, "2026-01-31T12:30", NAIVE),
    (datetime, "2026-01-31 12:30:01.5Z", datetime(2026, 1, 31, 12, 30, 1, 500000, UTC)),
    (
        datetime,
        "2026-01-31T12:30:00+02:00",
        datetime(2026, 1, 31, 12, 30, tzinfo=timezone(timedelta(hours=2))),
    ),
    (datetime, NAIVE, NAIVE),
    (Colour, "r", Colour.red),
    (Colour, "3", Colour.blue),
    (Colour, 3, Colour.blue),
    (Colour, "blue", Colour.blue),
    (Colour, Colour.red, Colour.red),
    (Literal["a", 1], "1", 1),
    (Literal["a", 1], 1, 1),
    (Literal["a"] | None, "null", None),
    (Literal[Colour.red], "red", Colour.red),
    (list[int], "1, 2,3", [1, 2, 3]),
    (list[int], '[1, "2"]', [1, 2]),
    (list[int], [1, 2], [1, 2]),
    (list[str], "", []),
    (list, "a,b", ["a", "b"]),
    (Sequence[float], "1,2", [1.0, 2.0]),
    (tuple[int, ...], "1,2", (1, 2)),
    (tuple[int, str], "1,x", (1, "x")),
    (tuple[()], "", ()),
    (set[int], "1,1", {1}),
    (Optional[int], "none", None),
    (Optional[int], "3", 3),
    (Optional[int], None, None),
    (str | None, "none", "none"),
    (str | None, None, None),
    (Union[int, str], "5", 5),
    (Union[int, str], "x", "x"),
    (dict[str, int], '{"a": 1}', {"a": 1}),
    (Mapping[str, list[int]], {"a": ["1"]}, {"a": [1]}),
    (dict, '{"a": null}', {"a": None}),
    (Any, "1", "1"),
    (Any, {"a": 1}, {"a": 1}),
    (object, "x", "x"),
    (Annotated[int, "rows"], "1", 1),
    (UserId, "1", 1),
    (Rows, "1", 1),
    (None, "null", None),
]


@pytest.mark.parametrize(("annotation", "value", "expected"), ACCEPTED)
def test_accepted_values_become_the_annotation_s_type(annotation, value, expected):
    got = convert(value, annotation, "x")
    assert got == expected
    assert type(got) is type(expected)


REFUSED = [
    (int, "1.5", "expected an integer"),
    (int, True, "expected an integer"),
    (int, " 1", "expected an integer"),
    (int, "9" * 5000, "limit"),
    (float, "1,5", "expected a number"),
    (float, " 1", "expected a number"),
    (float, True, "expected a number"),
    (bool, "maybe", "expected true or false"),
    (bool, "", "expected true or false"),
    (bool, 1, "expected true or false"),
    (str, 8, "expected text, got `8`"),
    (Path, "", "expected a path"),
    (date, "2026-02-30", "is not a date"),
    (date, "20260131", "expected a date"),
    (datetime, "2026-01-31", "expected a date and time"),
    (datetime, "2026-01-31T12:30.5", "expected a date and time"),
    (datetime, "2026-01-31T25:00", "is not a date and time"),
    (datetime, 5, "expected a date and time"),
    (Colour, "red", "is ambiguous"),
    (Colour, "pink", "expected one of red, green, blue"),
    (Colour | None, "red", "is ambiguous"),
    (Colour | str, "red", "is ambiguous"),
    (Level | None, "none", "is ambiguous"),
    (Literal["1", 1], "1", "is ambiguous"),
    (Literal["a", 1], "b", "expected one of a, 1"),
    (Literal[b"a"], "a", "expected one of"),
    (list[int], "1,x", "item 2: expected an integer"),
    (list[int], "[1", "expected a JSON array"),
    (list[int], 5, "expected a list"),
    (tuple[int, str], "1", "expected 2 items, got 1"),
    (set, "[[1]]", "cannot be in a set"),
    (int | None, "x", "expected an integer"),
    (int | float, "x", "expected int or float"),
    (dict[str, int], "[1]", "expected a JSON object"),
    (dict[str, int], '{"a": "x"}', "`a`: expected an integer"),
    (dict[str, int], 5, "expected a JSON object"),
    (None, "x", "expected null"),
    (bytes, "x", "`bytes` is not supported"),
    ([int], "x", "is not a type"),
]


@pytest.mark.parametrize(("annotation", "value", "said"), REFUSED)
def test_refused_values_are_named_with_what_was_expected(annotation, value, said):
    with pytest.raises(ArgumentError) as caught:
        convert(value, annotation, "rows")
    assert str(caught.value).startswith("argument `rows`: ")
    assert said in str(caught.value)


def job(
    spark: Decimal,
    *args,
    source: Path,
    partitions: int = 8,
    note="",
    context: Decimal | None = None,
    **more,
):
    del spark, args, source, partitions, note, context, more


def test_parameters_are_those_that_a_user_may_give():
    assert parameters_of(job) == [
        Parameter("source", Path, required=True),
        Parameter("partitions", int, required=False),
        Parameter("note", Any, required=False),
    ]


def test_an_annotation_that_only_type_checkers_see_is_an_error():
    def other(price: Decimal): ...

    with pytest.raises(ArgumentError, match="TYPE_CHECKING"):
        parameters_of(other)


def test_text_wins_over_configuration_and_defaults_stay_the_functions():
    bound = bind(parameters_of(job), {"source": "a", "partitions": 2}, {"partitions": "3"})
    assert bound == {"source": Path("a"), "partitions": 3}


def test_all_problems_are_told_at_once():
    with pytest.raises(ArgumentsError) as caught:
        bind(parameters_of(job), {"spark": 1}, {"partition": "3", "note": "x", "zzz": ""})
    assert caught.value.problems == [
        "argument `spark` cannot be given: sparkferry fills it",
        "argument `partition` is unknown: did you mean `partitions`?",
        "argument `zzz` is unknown: the job takes `source`, `partitions`, `note`",
        "argument `source` is missing: the job has no default for it (Path)",
    ]


def test_a_job_without_arguments_takes_none():
    with pytest.raises(ArgumentsError, match="the job takes none"):
        bind([], {}, {"a": "1"})
