"""What the commands are made of: pairs, tables, stages, the end of a run."""

import pytest

from sparkferry.cli.follow import show_job_error
from sparkferry.cli.output import emit_json, table
from sparkferry.cli.probe import rows
from sparkferry.cli.run_options import pairs
from sparkferry.cli.stages import Stages
from sparkferry.errors import UserError
from sparkferry.runs.model import JobError
from sparkferry.targets.api import Stage, Status


def test_pairs_keep_every_byte_after_the_first_equals_sign():
    given = ["a=1", "b= x=y ", "c=", "d=\udcff\n"]
    assert pairs("--set", given) == {"a": "1", "b": " x=y ", "c": "", "d": "\udcff\n"}


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (["a"], "could not read `--set a`: it is not KEY=VALUE"),
        (["=a"], "could not read `--set =a`: it is not KEY=VALUE"),
        (["a=1", "a=2"], "could not read `--set a=2`: `a` is given twice"),
    ],
)
def test_pairs_that_are_none(given, reason):
    with pytest.raises(UserError) as caught:
        pairs("--set", given)
    assert caught.value.message == reason
    assert caught.value.hint


def test_a_table_in_a_pipe_has_no_header(capsys):
    table([("a", None), ("long\nname", 2)], ("x", "y"))
    assert capsys.readouterr().out == "a          -\nlong name  2\n"


def test_a_table_on_a_terminal_has_one(capsys, monkeypatch):
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    table([("a", 1)], ("name", "y"))
    assert [line.split() for line in capsys.readouterr().out.splitlines()[-1:]] == [["a", "1"]]


def test_an_empty_table_prints_nothing(capsys):
    table([], ("x",))
    assert capsys.readouterr().out == ""


def test_json_of_bytes_that_are_no_text(capsys, tmp_path):
    emit_json({"name": "\udcff", "path": tmp_path})
    said = capsys.readouterr().out
    assert "\\udcff" in said
    assert str(tmp_path) in said
    with pytest.raises(TypeError, match="cannot write object as JSON"):
        emit_json(object())


class Bars:
    """Notes what a progress shows."""

    def __init__(self) -> None:
        self.open: list[str] = []
        self.done: dict[str, int] = {}

    def task(self, title: str, total: int | None = None, unit: str = "B"):
        from contextlib import contextmanager

        @contextmanager
        def shown():
            self.open.append(title)
            yield self
            self.open.remove(title)

        self._title = title
        return shown()

    def advance(self, amount: int) -> None:
        self.done[self._title] = self.done.get(self._title, 0) + amount

    def message(self, text: str) -> None:
        raise AssertionError(text)


def stage(number: int, done: int) -> Stage:
    return Stage(id=number, name="collect at jobs.py:3", done=done, total=10)


def test_each_stage_is_shown_for_as_long_as_it_runs():
    bars = Bars()
    with Stages(bars) as stages:
        stages.show(Status(state="running", stages=(stage(1, 2),)))
        assert len(bars.open) == 1
        assert "stage 1" in bars.open[0]
        stages.show(Status(state="running", stages=(stage(1, 7),)))
        stages.show(Status(state="running", stages=(stage(2, 0),)))
        assert ["stage 2" in title for title in bars.open] == [True]
    assert bars.open == []
    assert next(iter(bars.done.values())) == 7


def test_a_job_that_failed(capsys):
    error = JobError(
        type="KeyError", message="'x'", traceback="Traceback …\nKeyError: 'x'\n", cause="a", fix="b"
    )
    show_job_error("flights-1", error)
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == (
        "Traceback …\nKeyError: 'x'\nerror: the run `flights-1` failed: KeyError: 'x'\n"
        "  hint: a; b\n  hint: `sparkferry logs flights-1` shows all that it wrote\n"
    )


def test_a_run_that_ended_without_a_traceback(capsys):
    show_job_error("flights-1", JobError(type="Lost", message="gone", traceback=None))
    said = capsys.readouterr().err
    assert said.startswith(
        "error: the run `flights-1` failed: Lost: gone\n  hint: `sparkferry logs"
    )


def test_rows_of_a_probe():
    facts = {
        "host": "h",
        "python": "3.12.1",
        "executable": "./python/bin/python3",
        "packages": {"numpy": "2.2.0", "six": "1"},
        "trees": {"interpreter": "a" * 64, "packages": None, "code": "c" * 64},
    }
    assert rows({"driver": facts, "executors": {"0": facts}}) == [
        (where, "h", "3.12.1", "./python/bin/python3", 2, "a" * 12, "-", "c" * 12)
        for where in ("driver", "executor 0")
    ]
