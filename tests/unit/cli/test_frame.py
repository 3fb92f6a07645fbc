"""The frame of the command line: help, unknown names, exit codes, streams."""

import os
import subprocess
import sys
from pathlib import Path

import click
import pytest

from sparkferry.cli import main
from sparkferry.cli.failure import report
from sparkferry.cli.main import COMMANDS, invoke
from sparkferry.errors import (
    Diagnostic,
    DiagnosticsError,
    ExternalError,
    InterruptError,
    RunFailedError,
    UserError,
)

PROGRAM = (sys.executable, "-c", "from sparkferry.cli.main import main; main()")
MANIFEST = '[project]\nname = "demo"\n[tool.sparkferry]\nspark = "4.0"\n'


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "pyproject.toml").write_text(MANIFEST)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_every_command_shows_an_example(capsys, command):
    assert invoke([command, "--help"]) == 0
    said = capsys.readouterr().out
    assert "Example" in said
    assert f"  sparkferry {command}" in said
    assert "\\b" not in said


def test_help_lists_every_command(capsys):
    assert invoke(["--help"]) == 0
    said = capsys.readouterr().out
    assert all(f"  {name} " in said for name in COMMANDS)


def test_a_command_that_does_not_exist(capsys):
    assert invoke(["rnu"]) == 2
    assert "there is no command `rnu`: did you mean `run`?" in capsys.readouterr().err
    assert invoke(["xyzzy"]) == 2
    assert "`sparkferry --help` lists them" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        ["run"],
        ["--nope"],
        ["run", "--nope", "x"],
        ["gc", "--days", "-1"],
        ["runs", "-C", "/no/where"],
    ],
)
def test_a_line_that_click_refuses(capsys, arguments):
    assert invoke(arguments) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "Error: " in said.err


@pytest.mark.parametrize(
    ("error", "code", "text"),
    [
        (
            UserError("could not do `x`: y", hint="do z"),
            2,
            "error: could not do `x`: y\n  hint: do z\n",
        ),
        (ExternalError("could not reach `x`: y"), 3, "error: could not reach `x`: y\n"),
        (RunFailedError("it failed"), 1, "error: it failed\n"),
        (InterruptError("stopped"), 130, "error: stopped\n"),
        (
            DiagnosticsError("load", [Diagnostic("error", "bad", "fix", "a.toml", 3)]),
            2,
            "a.toml:3: error: bad\n  hint: fix\nerror: could not load: 1 problem\n",
        ),
        (
            PermissionError(13, "Permission denied", "/x"),
            3,
            (
                "error: could not use `/x`: Permission denied\n"
                "  hint: see whether it is there, and whether you may read and write it\n"
            ),
        ),
        (
            OSError(28, "No space left"),
            3,
            "error: could not write what was asked for: No space left\n",
        ),
        (
            KeyError("x"),
            3,
            (
                "error: unexpected KeyError: 'x'\n  hint: this is a fault of sparkferry; "
                "`sparkferry --debug …` shows where it happened\n"
            ),
        ),
    ],
)
def test_how_an_error_is_reported(capsys, error, code, text):
    assert report(error) == code
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", text)


def test_debug_shows_the_stack_and_keeps_the_exit_code(here, capsys):
    assert invoke(["--debug", "runs", "-o", "x=1"]) == 2
    said = capsys.readouterr().err
    assert "Traceback" in said
    assert said.endswith("1 problem\n")
    assert invoke(["runs", "-o", "x=1", "--target", "--debug"]) == 2
    assert "Traceback" not in capsys.readouterr().err


def test_ctrl_c(capsys, monkeypatch):
    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(main, "cli", click.Command("x", callback=interrupted))
    assert invoke([]) == 130
    assert "interrupted" in capsys.readouterr().err


def program(*arguments: str, **streams: object) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([*PROGRAM, *arguments], check=False, timeout=60, **streams)


def test_a_reader_that_goes_away(here):
    reader, writer = os.pipe()
    os.close(reader)
    done = program("config", stdout=writer, stderr=subprocess.PIPE)
    os.close(writer)
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_disk_that_is_full(here):
    with Path("/dev/full").open("wb") as full:
        done = program("config", stdout=full, stderr=subprocess.PIPE)
        assert done.returncode == 3
        assert done.stderr.startswith(b"error: could not write what was asked for: No space left")
        assert program("config", "-o", "x=1", stderr=full).returncode == 2
        assert program("rnu", stderr=full).returncode == 2


@pytest.mark.parametrize("stream", [0, 1, 2])
def test_a_stream_that_is_closed(here, stream):
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    done = program("config", **pipes, preexec_fn=lambda: os.close(stream))
    assert done.returncode == 0
    assert done.stderr == b""
    assert done.stdout.startswith(b"spark ") is (stream != 1)


@pytest.mark.parametrize(
    "locale",
    [{"PYTHONIOENCODING": "ascii"}, {"PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}, {}],
)
@pytest.mark.parametrize("command", ["config", "config --json", "config --target ü"])
def test_a_locale_that_is_not_utf_8(here, locale, command):
    text = f'{MANIFEST}[tool.sparkferry.jobs.x]\nscript = "tool.py"\nconfig.city = "é"\n'
    (here / "pyproject.toml").write_text(text, encoding="utf-8")
    (here / "tool.py").write_text("")
    inherited = {name: value for name, value in os.environ.items() if name[:6] != "PYTHON"}
    done = program(
        *command.split(), env={**inherited, "LC_ALL": "C", **locale}, capture_output=True
    )
    assert b"unexpected" not in done.stderr
    assert done.returncode == (2 if "ü" in command else 0)
