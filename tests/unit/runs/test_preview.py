import json

import msgspec
import pytest

from sparkferry.errors import UserError
from sparkferry.runs.planning import RunRequest
from sparkferry.runs.preview import check_same, preview, read_plan, save_plan
from sparkferry.store.directory.store import DirectoryStore
from support.plans import make_layers, make_plan

PLAN = make_plan("pi-1", layers=make_layers())
REQUEST = RunRequest(job_name="pi", sets={"points": "10"}, argv=("a b",), strict=True)


def test_what_is_there_is_not_uploaded(tmp_path):
    store = DirectoryStore(tmp_path)
    store.put(PLAN.layers[1].key, b"x")
    found = preview(PLAN, store, "spark-submit")
    assert [layer.there for layer in found.layers] == [False, True, False]
    assert (found.upload, found.requests, found.request) == (2, 13, "spark-submit")
    assert [entry.key for entry in store.list()] == [PLAN.layers[1].key]


def test_a_plan_that_is_saved(tmp_path):
    save_plan(PLAN, REQUEST, tmp_path / "plan.json")
    saved = read_plan(tmp_path / "plan.json")
    assert saved.request == msgspec.structs.replace(REQUEST, run_id="pi-1")
    later = msgspec.structs.replace(PLAN, created="2026-02-02T00:00:00+00:00", user="ben")
    check_same(saved, later)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"layers": make_layers("f" * 64)}, "`layers` changed"),
        ({"lock_sha256": "e" * 64}, "`lock-sha256` changed"),
        ({"spark_conf": {}}, "`spark-conf` changed"),
        ({"packages": {}, "sets": {"a": "b"}}, "`packages`, `sets` changed"),
    ],
)
def test_what_has_changed_since(tmp_path, changes, said):
    save_plan(PLAN, REQUEST, tmp_path / "plan.json")
    with pytest.raises(UserError, match=f"could not carry out the plan of `pi-1`: {said}"):
        check_same(read_plan(tmp_path / "plan.json"), msgspec.structs.replace(PLAN, **changes))


def test_secrets_are_in_no_file(tmp_path):
    request = msgspec.structs.replace(REQUEST, spark_conf={"spark.x.password": "hunter2"})
    with pytest.raises(UserError, match="is a secret"):
        save_plan(PLAN, request, tmp_path / "plan.json")
    assert not (tmp_path / "plan.json").exists()


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"version": "x"}', "\xff"])
def test_what_is_no_plan(tmp_path, text):
    (tmp_path / "plan.json").write_text(text, "latin-1")
    with pytest.raises(UserError, match="could not read the plan"):
        read_plan(tmp_path / "plan.json")
    with pytest.raises(UserError, match="No such file"):
        read_plan(tmp_path / "absent")


def test_a_plan_of_a_newer_sparkferry(tmp_path):
    save_plan(PLAN, REQUEST, tmp_path / "plan.json")
    tree = json.loads((tmp_path / "plan.json").read_text())
    (tmp_path / "plan.json").write_text(json.dumps({**tree, "version": 9}))
    with pytest.raises(UserError, match="it has version 9"):
        read_plan(tmp_path / "plan.json")
