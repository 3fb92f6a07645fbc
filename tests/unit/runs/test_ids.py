import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sparkferry.errors import UserError
from sparkferry.runs.ids import (
    check_id,
    moment_of,
    new_id,
    random_suffix,
    select_id,
)
from support.clocks import FakeClock

DNS_1035 = re.compile(r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?")


def test_an_id_says_job_and_moment() -> None:
    clock = FakeClock()
    clock.time = datetime(2026, 11, 20, 9, 8, 7, tzinfo=UTC)
    assert new_id("flights", clock, lambda: "x7f2") == "flights-20261120-090807-x7f2"


@pytest.mark.parametrize(
    ("job", "label"),
    [
        ("Daily_Report", "daily-report"),
        ("2020-census", "job-2020-census"),
        ("  ", "job"),
        ("ключ", "job"),
        ("a" * 80, "a" * 42),
        ("9" * 80, "job-" + "9" * 38),
        ("a" * 41 + "-b", "a" * 41),
        ("x", "x"),
    ],
)
def test_a_jobs_name_is_made_to_fit(job: str, label: str) -> None:
    assert new_id(job, FakeClock(), lambda: "abcd") == f"{label}-20260101-120000-abcd"


@given(st.text(max_size=100))
def test_every_new_id_is_valid_everywhere(job: str) -> None:
    run_id = new_id(job)
    assert check_id(run_id) == run_id
    assert DNS_1035.fullmatch(run_id)
    assert 4 <= len(run_id) <= 63
    assert moment_of(run_id)


def test_suffixes_differ() -> None:
    assert len({random_suffix() for _ in range(50)}) > 40


@pytest.mark.parametrize("run_id", ["abcd", "a-1-b", "a" * 63])
def test_ids_that_may_be_given(run_id: str) -> None:
    assert check_id(run_id) == run_id
    assert moment_of(run_id) is None


@pytest.mark.parametrize(
    "run_id",
    ["", "abc", "a" * 64, "Abcd", "1abc", "-abc", "abc-", "a_bc", "a/bc", "abcd\n", "ab.d"],
)
def test_ids_that_may_not(run_id: str) -> None:
    with pytest.raises(UserError, match="as a run id"):
        check_id(run_id)


KNOWN = ["flights-1", "flights-2", "pi-20260101-120000-abcd"]


def test_an_id_is_found_by_its_beginning() -> None:
    assert select_id("pi", KNOWN[2:], ()) == KNOWN[2]
    assert select_id("flights-1", ["flights-10", "flights-1"], ()) == "flights-1"


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("fl", "2 runs begin so: `flights-1`, `flights-2`", "give more of the id"),
        ("flihgts-2", "no run has this id", "did you mean `flights-2`?"),
        ("zzz", "no run has this id", "`sparkferry runs` lists the runs"),
        ("", "no run has this id", "`sparkferry runs` lists the runs"),
    ],
)
def test_an_id_that_is_not_found(text: str, message: str, hint: str) -> None:
    with pytest.raises(UserError, match=re.escape(message)) as caught:
        select_id(text, [name for name in KNOWN if text and name.startswith(text)], KNOWN)
    assert caught.value.hint == hint


def test_of_many_that_begin_so_a_few_are_named() -> None:
    with pytest.raises(UserError, match=r"9 runs begin so: `a0`, `a1`, `a2`, `a3`, …$"):
        select_id("a", [f"a{i}" for i in range(9)], ())
