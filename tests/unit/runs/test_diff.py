import subprocess
from pathlib import Path

import msgspec

from sparkferry.project.model import Job
from sparkferry.runs.describe import summary
from sparkferry.runs.diff import Change, code_stat, diff
from sparkferry.runs.model import Run
from sparkferry.targets.plan import Source
from support.plans import make_layers, make_plan, make_run_image


def run_of(**changes: object) -> Run:
    return Run(plan=make_plan(**changes))  # type: ignore[arg-type]


def test_runs_that_are_alike() -> None:
    left, right = run_of(run_id="pi-1"), run_of(run_id="pi-2")
    assert diff(left, right, ({"rows": 1}, {"rows": 1})) == ()


def test_packages_come_go_and_change() -> None:
    right = run_of(packages={"numpy": "2.2.0", "pyarrow": "18.0"})
    assert diff(run_of(), right) == (
        Change(section="packages", name="numpy", left="2.1.0", right="2.2.0"),
        Change(section="packages", name="pandas", left="2.2.3"),
        Change(section="packages", name="pyarrow", right="18.0"),
    )


def test_what_was_set_wins_over_what_was_configured() -> None:
    configured = run_of(job=Job(entry="a:b", args={"partitions": 8, "day": "mon"}))
    right = run_of(
        job=Job(entry="a:b", args={"partitions": 8, "day": "mon"}),
        sets={"day": "tue"},
        argv=("--all",),
    )
    assert diff(configured, right) == (
        Change(section="arguments", name="--", left=[], right=["--all"]),
        Change(section="arguments", name="day", left="mon", right="tue"),
    )


def test_code_conf_and_layers() -> None:
    source = Source(branch="main", head="1" * 40, commit="9" * 40, tree="8" * 40, dirty=False)
    left = run_of(layers=make_layers())
    right = run_of(layers=make_layers("e" * 64), source=source, spark_conf={}, tier="prod")
    assert [(change.section, change.name) for change in diff(left, right)] == [
        ("run", "tier"),
        ("code", "commit"),
        ("code", "dirty"),
        ("code", "tree"),
        ("conf", "spark.ui.enabled"),
        ("layers", "code"),
    ]


def test_the_image_that_a_run_was_in() -> None:
    image = make_run_image()
    assert diff(run_of(), run_of(image=image)) == (
        Change(section="run", name="image", left=None, right="sha256:12"),
    )
    assert summary(run_of(image=image))["image"] == "sha256:12"


def test_results_differ_by_key_or_as_a_whole() -> None:
    left, right = run_of(), run_of()
    assert diff(left, right, ({"a": 1, "b": 2}, {"a": 1, "b": None})) == (
        Change(section="result", name="b", left=2, right=None),
    )
    assert diff(left, right, (1, None)) == (Change(section="result", name="value", left=1),)
    assert {change.name for change in diff(left, right, (1, {"a": 1}))} == {"a", "value"}


def test_an_absent_side_is_left_out_of_json_and_null_is_not() -> None:
    changes = diff(run_of(), run_of(packages={}), ({"a": 1}, {"a": None}))
    data = msgspec.json.decode(msgspec.json.encode(changes))
    assert "right" not in data[0]
    assert data[-1] == {"section": "result", "name": "a", "left": 1, "right": None}


def test_another_commit_of_the_same_code_is_no_difference() -> None:
    source = Source(branch="main", head="1" * 40, commit="9" * 40, tree="3" * 40, dirty=True)
    assert diff(run_of(), run_of(source=source)) == ()


def git(root: Path, *args: str) -> str:
    settings = ("-c", "user.name=a", "-c", "user.email=a@example.invalid")
    done = subprocess.run(
        ["git", "-C", root, *settings, *args], check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def commits(root: Path) -> list[Run]:
    git(root, "init", "-q")
    runs = []
    for content in ("one\n", "two\nthree\n"):
        (root / "job.py").write_text(content)
        git(root, "add", "job.py")
        git(root, "commit", "-qm", content)
        commit = git(root, "rev-parse", "HEAD")
        source = Source(branch="main", head=commit, commit=commit, tree=None, dirty=False)
        runs.append(run_of(source=source))
    return runs


def test_git_tells_what_changed(tmp_path: Path) -> None:
    stat = code_stat(tmp_path, *commits(tmp_path))
    assert stat is not None
    assert "job.py" in stat
    assert "2 insertions(+), 1 deletion(-)" in stat


def test_git_does_not_have_the_commits(tmp_path: Path) -> None:
    left, _ = commits(tmp_path)
    assert code_stat(tmp_path, left, run_of()) is None
    nowhere = run_of(source=Source(branch="no-git", head=None, commit=None, tree=None, dirty=False))
    assert code_stat(tmp_path, left, nowhere) is None
