import dataclasses

import pytest

from sparkferry.runtime import JobContext


def test_a_local_context_points_into_its_directory(tmp_path):
    context = JobContext.local(tmp_path / "out put", {"a": 1})
    assert context.output == f"file://{tmp_path}/out put"
    assert context.path("flights", "2013") == f"{context.output}/flights/2013"
    assert (context.run_id, context.tier, context.config["a"], context.argv) == (
        "local",
        "dev",
        1,
        (),
    )


def test_a_context_cannot_be_changed(tmp_path):
    with pytest.raises(dataclasses.FrozenInstanceError):
        JobContext.local(tmp_path).tier = "prod"


def test_counters_add_up_without_spark(tmp_path):
    context = JobContext.local(tmp_path)
    context.counter("rows").add(2)
    context.counter("rows").add()
    context.counter("bytes").add(0.5)
    assert context.counts() == {"bytes": 0.5, "rows": 3}
