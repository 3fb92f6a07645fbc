import dataclasses
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from sparkferry import runtime
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


def test_a_local_context_finds_files_of_the_project(tmp_path, monkeypatch):
    (tmp_path / "p/conf").mkdir(parents=True)
    (tmp_path / "p/pyproject.toml").touch()
    (tmp_path / "p/conf/a.json").write_text("{}")
    (tmp_path / "p/tests").mkdir()
    monkeypatch.chdir(tmp_path / "p/tests")
    context = JobContext.local(tmp_path)
    monkeypatch.chdir(tmp_path)
    assert context.file("conf/a.json") == tmp_path / "p/conf/a.json"
    assert context.file("./conf/") == tmp_path / "p/conf"


def test_a_file_that_does_not_ship_is_told_with_the_remedy(tmp_path, monkeypatch):
    (tmp_path / "conf").mkdir()
    for name in "ba":
        (tmp_path / f"conf/{name}.json").touch()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FileNotFoundError) as caught:
        JobContext.local(tmp_path).file("conf/etl.json")
    assert str(caught.value) == (
        "could not find the file `conf/etl.json`: `conf` holds `a.json`, `b.json`; "
        'name it in `include` of [tool.sparkferry], as `include = ["conf/etl.json"]`'
    )


@pytest.mark.parametrize("name", ["/etc/passwd", "../a", "conf/../../a", "", "."])
def test_a_file_outside_of_the_project_is_refused(tmp_path, name):
    with pytest.raises(ValueError, match="relative to the project"):
        JobContext.local(tmp_path).file(name)


def test_on_the_cluster_files_are_those_of_the_code_layer(tmp_path):
    code = tmp_path / "code"
    shutil.copytree(Path(runtime.__file__).parent, code / "sparkferry/runtime")
    (code / "sparkferry/__init__.py").touch()
    (code / "sparkferry_main.py").touch()
    (code / "a.txt").touch()
    program = (
        "import pickle; from sparkferry.runtime import JobContext\n"
        "context = JobContext(run_id='r', tier='dev', output='file:///x')\n"
        "print(pickle.loads(pickle.dumps(context)).file('a.txt'))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={"PYTHONPATH": str(code)},
        cwd="/",
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == f"{code}/a.txt\n"
