from functools import partial

import pytest

from sparkferry.runtime.ended import outcome_of
from sparkferry.runtime.job import load
from sparkferry.runtime.probe import ProbeError


def raising(error):
    def action():
        raise error

    return action


def test_a_returned_value_is_the_result():
    ended = outcome_of(lambda: {"rows": (1, 2)})
    assert (ended.state, ended.code, ended.result) == ("succeeded", 0, {"rows": [1, 2]})


def test_a_value_without_json_is_a_warning_that_names_its_type():
    ended = outcome_of(object)
    assert (ended.state, ended.code, ended.result) == ("succeeded", 0, None)
    assert ended.warnings == (
        "the job's result is not recorded: a value of type `builtins.object`",
    )


def test_a_value_that_holds_itself_is_a_warning():
    circle = []
    circle.append(circle)
    assert outcome_of(lambda: circle).warnings


@pytest.mark.parametrize("error", [ValueError("x"), SystemExit(3), KeyboardInterrupt()])
def test_whatever_a_job_raises_is_its_failure(error):
    ended = outcome_of(raising(error))
    assert (ended.state, ended.code) == ("failed", 1)


def test_the_traceback_begins_with_the_job_s_own_frame():
    error = outcome_of(raising(ValueError("x"))).error
    first = error["traceback"].splitlines()[1]
    assert first.startswith(f'  File "{__file__}"')
    assert (error["type"], error["message"]) == ("ValueError", "x")


def test_an_entry_that_does_not_exist_is_told_without_the_runtime_s_frames():
    error = outcome_of(partial(load, "json:nothing")).error
    assert error["traceback"] == "AttributeError: module 'json' has no attribute 'nothing'\n"


def test_an_error_of_a_library_is_named_with_its_module():
    with_cause = outcome_of(raising(ProbeError(["a", "b"], {"mismatches": ["a", "b"]})))
    assert with_cause.error["type"] == "sparkferry.runtime.probe.ProbeError"
    assert with_cause.error["message"] == "a; b"
    assert with_cause.result == {"mismatches": ["a", "b"]}


def test_an_entry_that_cannot_be_called_is_told():
    with pytest.raises(TypeError, match="could not call `sys:path`: it is a list"):
        load("sys:path")


class MuteError(Exception):
    """Fetches its text from afar, as py4j's Java errors do."""

    def __str__(self):
        raise ConnectionRefusedError("nobody answers")


def test_an_error_whose_text_is_out_of_reach_is_recorded_all_the_same():
    ended = outcome_of(raising(MuteError()))
    assert ended.state == "failed"
    assert "nobody answers" in ended.error["message"]
