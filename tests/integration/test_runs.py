"""Jobs, carried through the real program to a real Spark and back."""

import json

import pytest

pytestmark = pytest.mark.spark


def test_a_job_gets_typed_arguments_and_leaves_a_table(ferry, project):
    sets = ("--set", "rows=1_0", "--set", "day=2013-02-03", "--set", "names=a, b")
    done = ferry("run", "table", *sets)
    assert json.loads(done.stdout.split("\n", 1)[1]) == {
        "total": 90, "day": "2013-02-03", "names": ["a", "b"], "unit": "nm",
    }  # fmt: skip
