"""Real supervisors with small processes in place of Spark's."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from sparkferry.errors import ExternalError
from sparkferry.targets.supervise import supervisor
from sparkferry.targets.supervise.session import (
    Exit,
    Program,
    Session,
    ask_to_end,
    exit_of,
    is_alive,
    kill_remains,
)
from sparkferry.targets.supervise.waiting import wait_for

PATIENCE = 20.0
ENV = {"PATH": os.environ["PATH"]}


@pytest.fixture
def directory(tmp_path) -> Path:
    made = tmp_path / "session"
    made.mkdir()
    return made


@pytest.fixture
def session(directory):
    session = Session(directory)
    yield session
    session.close()
    assert wait_for(lambda: not is_alive(directory) or None, PATIENCE)


def shell(directory: Path, script: str, *, main: bool = False) -> Program:
    return Program(
        argv=(shutil.which("sh") or "sh", "-c", script),
        env={"PATH": os.environ["PATH"], "GREETING": "grüße"},
        cwd=directory,
        output=directory / "log",
        main=main,
    )


def ended(directory: Path) -> Exit | None:
    return wait_for(lambda: exit_of(directory), PATIENCE)


def is_running(pid: int) -> bool:
    return pid in supervisor.processes() and not supervisor.is_zombie(pid)


def gone(pid: int) -> bool:
    return bool(wait_for(lambda: not is_running(pid) or None, PATIENCE))


def test_a_main_process_ends_the_session_and_takes_everything_with_it(session, directory):
    helper = session.start(shell(directory, "sleep 600 & sleep 600"))
    session.start(shell(directory, "echo $GREETING; pwd; exit 3", main=True))
    assert ended(directory) == Exit(cause="ended", code=3)
    assert not is_running(helper)
    # The supervisor itself ends a moment after it has told how the session ended.
    assert set(supervisor.session_members(session.pid())) <= {session.pid()}
    assert (directory / "log").read_text() == f"grüße\n{directory}\n"


def test_it_is_known_to_be_alive(session, directory):
    assert is_alive(directory)
    assert exit_of(directory) is None
    session.close()
    assert ended(directory) == Exit(cause="lost", code=None)
    assert wait_for(lambda: not is_alive(directory) or None, PATIENCE)


def test_what_is_attached_ends_with_its_client(session, directory):
    pid = session.start(shell(directory, "sleep 600", main=True))
    session.close()
    assert ended(directory) == Exit(cause="lost", code=-signal.SIGTERM)
    assert not is_running(pid)


def test_what_is_detached_goes_on(session, directory):
    session.start(shell(directory, "sleep 0.5; exit 4", main=True))
    session.detach()
    assert is_alive(directory)
    assert ended(directory) == Exit(cause="ended", code=4)


def test_a_detached_session_without_main_process_ends_with_its_last_one(session, directory):
    session.start(shell(directory, "sleep 0.2"))
    session.detach()
    assert ended(directory) == Exit(cause="ended", code=None)


def test_the_main_process_is_asked_to_end(session, directory):
    session.start(
        shell(directory, "trap 'echo bye; exit 7' TERM; echo up; sleep 600 & wait", main=True)
    )
    assert wait_for(lambda: (directory / "log").read_text() == "up\n" or None, PATIENCE)
    ask_to_end(directory)
    assert ended(directory) == Exit(cause="cancelled", code=7)
    assert (directory / "log").read_text() == "up\nbye\n"
    ask_to_end(directory)


def test_what_cannot_be_started_is_an_error(session, directory):
    program = Program(argv=("/nowhere/java",), env={}, cwd=directory, output=directory / "log")
    with pytest.raises(ExternalError, match="could not start `/nowhere/java`"):
        session.start(program)
    assert session.start(shell(directory, "true"))


def test_what_a_killed_supervisor_left_is_killed_by_the_next(session, directory):
    pid = session.start(shell(directory, "sleep 600 & sleep 600", main=True))
    os.kill(session.pid(), signal.SIGKILL)
    assert wait_for(lambda: not is_alive(directory) or None, PATIENCE)
    with pytest.raises(ExternalError, match="the supervisor ended"):
        session.start(shell(directory, "true"))
    assert is_running(pid)
    kill_remains(directory)
    assert not is_running(pid)
    assert supervisor.session_members(session.pid()) == []
    kill_remains(directory)


def test_what_was_started_elsewhere_is_ended_last(session, directory):
    session.at_end(
        ("sh", "-c", f"test ! -e {directory}/exit.json && echo over >> {directory}/log"), ENV
    )
    session.start(shell(directory, "echo main", main=True))
    assert ended(directory) == Exit(cause="ended", code=0)
    assert (directory / "log").read_text() == "main\nover\n"


def test_what_was_started_elsewhere_is_ended_after_a_killed_supervisor_too(session, directory):
    session.at_end(("sh", "-c", f"echo over >> {directory}/log"), ENV)
    session.start(shell(directory, "sleep 600", main=True))
    os.kill(session.pid(), signal.SIGKILL)
    assert wait_for(lambda: not is_alive(directory) or None, PATIENCE)
    kill_remains(directory)
    assert (directory / "log").read_text() == "over\n"


def test_an_ending_that_cannot_be_started_keeps_nothing_up(session, directory):
    session.at_end(("/nowhere/docker",), ENV)
    session.start(shell(directory, "exit 3", main=True))
    assert ended(directory) == Exit(cause="ended", code=3)


def test_a_session_whose_id_was_given_to_another_process_is_left_alone(directory):
    other = subprocess.Popen(["sleep", "600"], start_new_session=True)
    try:
        (directory / "supervisor.pid").write_text(str(other.pid))
        kill_remains(directory)
        assert other.poll() is None
        assert (directory / "supervisor.pid").exists()
    finally:
        other.kill()
        other.wait()


def test_a_directory_without_a_session_is_not_alive(directory):
    assert not is_alive(directory)
    assert exit_of(directory) is None
    ask_to_end(directory)
    kill_remains(directory)


def test_a_client_that_is_killed_takes_its_processes_with_it(directory):
    client = f"""
import time
from pathlib import Path
from sparkferry.targets.supervise.session import Program, Session
directory = Path({str(directory)!r})
session = Session(directory)
print(session.start(Program(
    argv=("/bin/sh", "-c", "sleep 600 & sleep 600"), env=dict(PATH="/usr/bin:/bin"),
    cwd=directory, output=directory / "log", main=True,
)), flush=True)
time.sleep(600)
"""
    process = subprocess.Popen([sys.executable, "-c", client], stdout=subprocess.PIPE, text=True)
    with process:
        assert process.stdout
        pid = int(process.stdout.readline())
        process.kill()
    assert ended(directory) == Exit(cause="lost", code=-signal.SIGTERM)
    assert gone(pid)


@pytest.mark.skipif(sys.platform != "linux", reason="prctl is Linux's")
def test_orphans_are_adopted_and_reaped(session, directory):
    script = "(sleep 1 & echo $! >orphan) ; exec sleep 600"
    session.start(shell(directory, f"sh -c '{script}'"))
    orphan = wait_for(lambda: number_in(directory / "orphan"), PATIENCE)
    assert wait_for(lambda: parent_of(orphan) == session.pid() or None, PATIENCE)
    assert wait_for(lambda: orphan not in supervisor.processes() or None, PATIENCE)


def number_in(path: Path) -> int | None:
    return int(path.read_text()) if path.exists() and path.read_text().strip() else None


def parent_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
