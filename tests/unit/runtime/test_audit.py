from sparkferry.runtime.audit import audit_of, judged
from sparkferry.runtime.ended import Ended

OURS = {"name": "numpy", "version": "2", "path": "packages/numpy", "origin": "packages"}
ALIEN = {"name": "yaml", "version": "6", "path": "/usr/lib/yaml", "origin": "system"}
GOOD = Ended("succeeded", 0, {"rows": 1})


def test_what_came_from_the_layers_changes_nothing():
    assert judged(GOOD, audit_of([OURS], {"0": [OURS]}), strict=True) == GOOD


def test_an_import_from_elsewhere_is_one_warning_for_all_processes():
    audit = audit_of([ALIEN], {"0": [OURS, ALIEN], "1": [ALIEN]})
    assert [entry["process"] for entry in audit["outside"]] == [
        "driver",
        "executor 0",
        "executor 1",
    ]
    assert judged(GOOD, audit, strict=False).warnings == (
        (
            "`yaml` was imported from outside of the layers, from /usr/lib/yaml, "
            "by driver, executor 0, executor 1"
        ),
    )


def test_a_strict_run_fails_and_keeps_its_result():
    ended = judged(GOOD, audit_of([ALIEN], {}), strict=True)
    assert (ended.state, ended.code, ended.result) == ("failed", 1, {"rows": 1})
    assert ended.error["type"] == "StrictAuditError"


def test_a_strict_run_fails_when_its_executors_are_not_known():
    ended = judged(GOOD, audit_of([], {}, "no answer within 10 seconds"), strict=True)
    assert "no answer within 10 seconds" in ended.error["message"]


def test_a_failed_job_keeps_its_own_error():
    failed = Ended("failed", 1, error={"type": "ValueError", "message": "x", "traceback": ""})
    ended = judged(failed, audit_of([ALIEN], {}), strict=True)
    assert ended.error == failed.error
    assert len(ended.warnings) == 1
