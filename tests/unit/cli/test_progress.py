"""What is shown of long work, and that quick work shows nothing."""

import time

import pytest

from sparkferry.cli import progress
from sparkferry.cli.progress import PlainDisplay, Reporter, TerminalDisplay, Work, reporter


@pytest.fixture
def hurried(monkeypatch):
    monkeypatch.setattr(progress, "PATIENCE", 0.02)
    monkeypatch.setattr(PlainDisplay, "interval", 0.02)


def test_quick_work_shows_nothing(capsys):
    with Reporter(PlainDisplay()).task("copy", 5):
        pass
    assert capsys.readouterr() == ("", "")


def test_lasting_work_prints_lines_to_standard_error(hurried, capsys):
    with Reporter(PlainDisplay()).task("copy", 4_000_000) as task:
        task.advance(1_000_000)
        time.sleep(0.1)
    out, err = capsys.readouterr()
    assert out == ""
    assert "copy: 1 of 4 MB\n" in err


def test_works_overlap(hurried, capsys):
    shown = Reporter(PlainDisplay())
    with shown.task("one", 2, "files"):
        with shown.task("two", None, "files"):
            time.sleep(0.1)
        time.sleep(0.05)
    err = capsys.readouterr().err
    assert "one: 0 of 2 files\n" in err
    assert "two …\n" in err


def test_a_reporter_can_be_used_again(hurried, capsys):
    shown = Reporter(PlainDisplay())
    for _ in range(2):
        with shown.task("again"):
            time.sleep(0.05)
    shown.message("ended")
    assert capsys.readouterr().err.endswith("again …\nended\n")


def test_a_terminal_gets_bars_that_go_away(hurried, capsys):
    shown = Reporter(TerminalDisplay())
    with shown.task("copy", 4):
        time.sleep(0.3)
        shown.message("half way")
    shown.message("ended")
    assert "ended" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("work", "line"),
    [
        (Work("fetch", 2_000_000, "B", done=1_500_000), "fetch: 1 of 2 MB"),
        (Work("fetch", None, "B", done=3_000_000), "fetch: 3 MB"),
        (Work("run", 8, "tasks", done=2), "run: 2 of 8 tasks"),
        (Work("install", None, "B"), "install …"),
    ],
)
def test_a_line_says_how_far_it_is(work, line):
    assert str(work) == line


def test_without_a_terminal_progress_is_plain():
    assert isinstance(reporter(), Reporter)
