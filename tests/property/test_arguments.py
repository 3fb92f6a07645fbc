"""Arguments survive their way through text and through the specification."""

import json
from contextlib import suppress
from datetime import date, datetime, timedelta, timezone
from enum import Enum

from hypothesis import given
from hypothesis import strategies as st

from sparkferry.runtime.arguments import ArgumentsError, Parameter, bind, convert
from sparkferry.runtime.spec import Spec


class Size(Enum):
    small = 1
    large = 2


ZONES = st.none() | st.integers(-23 * 60, 23 * 60).map(lambda m: timezone(timedelta(minutes=m)))
BYTES = st.binary().map(lambda raw: raw.decode("utf-8", "surrogateescape"))


@given(st.integers())
def test_integers(value):
    assert convert(str(value), int, "x") == value


@given(st.floats(allow_nan=False))
def test_floats(value):
    assert convert(repr(value), float, "x") == value


@given(BYTES)
def test_text_is_byte_exact(value):
    assert convert(value, str, "x") == value


@given(st.dates())
def test_dates(value):
    assert convert(value.isoformat(), date, "x") == value


@given(st.datetimes(timezones=ZONES))
def test_datetimes_keep_their_zone(value):
    got = convert(value.isoformat(), datetime, "x")
    assert (got, got.utcoffset()) == (value, value.utcoffset())


@given(st.sampled_from(Size))
def test_enums_by_name_and_by_value(value):
    assert convert(value.name, Size, "x") is convert(str(value.value), Size, "x") is value


@given(st.lists(st.integers()))
def test_lists_between_commas_and_as_json(value):
    commas = ",".join(str(item) for item in value)
    assert convert(commas, list[int], "x") == convert(json.dumps(value), list[int], "x") == value


@given(st.dictionaries(st.text(), st.lists(st.text())))
def test_objects(value):
    assert convert(json.dumps(value), dict[str, list[str]], "x") == value


@given(BYTES, st.sampled_from([int, bool, date, datetime, Size, list[int], dict[str, int] | None]))
def test_any_text_is_converted_or_refused_and_nothing_else(value, annotation):
    with suppress(ArgumentsError):
        assert bind([Parameter("x", annotation, required=True)], {}, {"x": value}).keys() == {"x"}


@given(st.lists(BYTES), st.dictionaries(st.text(), BYTES))
def test_the_specification_is_ascii_and_keeps_every_byte(argv, sets):
    spec = Spec("a-1", "a", "dev", "file:///o", "/r", entry="a:b", argv=tuple(argv), sets=sets)
    assert spec.to_json().isascii()
    assert Spec.from_json(spec.to_json()) == spec
