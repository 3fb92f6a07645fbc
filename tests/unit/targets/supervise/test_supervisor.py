"""The supervisor in this process, since coverage does not see it in its own."""

import json
import os
import signal
import subprocess
import time

import pytest

from sparkferry.targets.supervise import supervisor


def test_processes_are_listed_without_proc(monkeypatch):
    with_proc = supervisor.processes()
    monkeypatch.setattr(supervisor.os.path, "isdir", lambda _: False)
    assert os.getpid() in with_proc
    assert os.getpid() in supervisor.processes()


def test_an_ended_child_is_a_zombie_until_its_parent_looks():
    child = subprocess.Popen(["true"])
    deadline = time.monotonic() + 20
    while not supervisor.is_zombie(child.pid):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    child.wait()
    assert not supervisor.is_zombie(child.pid)


def test_a_file_is_replaced_whole(tmp_path):
    path = tmp_path / "exit.json"
    supervisor.write(str(path), "1")
    supervisor.write(str(path), "2")
    assert path.read_text() == "2"
    assert list(tmp_path.iterdir()) == [path]


def test_signals_to_what_is_gone_are_no_error():
    child = subprocess.Popen(["true"], process_group=0)
    child.wait()
    supervisor.signal_group(child.pid, signal.SIGTERM)
    assert supervisor.kill_session(child.pid)


@pytest.fixture
def client(tmp_path):
    """A supervisor in this process, and the client's ends of its pipes."""
    (read, orders), (answers, write) = os.pipe(), os.pipe()
    with os.fdopen(answers) as said:
        yield supervisor.Supervisor(str(tmp_path), read, write), orders, said
        os.close(write)
    os.close(read)


@pytest.fixture
def signals():
    names = (signal.SIGCHLD, signal.SIGHUP, signal.SIGTERM)
    handlers = {name: signal.getsignal(name) for name in names}
    yield
    signal.set_wakeup_fd(-1)
    for name, handler in handlers.items():
        signal.signal(name, handler)


def test_a_client_starts_a_main_process_and_the_supervisor_waits_for_it(client, signals, tmp_path):
    watched, orders, said = client
    program = {
        "argv": ["sh", "-c", "echo hello; exit 5"],
        "env": dict(os.environ),
        "cwd": str(tmp_path),
        "output": str(tmp_path / "log"),
        "main": True,
    }
    missing = {**program, "argv": ["/nowhere/java"]}
    for order in ({"start": missing}, {"start": program}, {"detach": True}):
        os.write(orders, json.dumps(order).encode() + b"\n")
    os.close(orders)
    watched.supervise()
    answers = [json.loads(said.readline()) for _ in range(3)]
    assert [list(answer) for answer in answers] == [["error"], ["pid"], []]
    assert (watched.cause, watched.main.returncode) == ("ended", 5)
    assert (tmp_path / "log").read_text() == "hello\n"


def test_a_client_that_is_gone_ends_it(client, signals):
    watched, orders, _ = client
    os.close(orders)
    watched.supervise()
    assert watched.cause == "lost"


def test_a_main_process_has_its_time_to_end(tmp_path, monkeypatch):
    monkeypatch.setattr(supervisor, "GRACE", 0.0)
    watched = supervisor.Supervisor(str(tmp_path))
    assert watched.seconds_left() is None
    child = watched.start(
        ["sh", "-c", "trap '' TERM; echo up; while :; do sleep 0.1; done"],
        dict(os.environ), str(tmp_path), str(tmp_path / "log"), main=True,
    )  # fmt: skip
    while (tmp_path / "log").read_text() != "up\n":
        time.sleep(0.01)
    watched.stop("cancelled")
    watched.stop("lost")
    assert watched.seconds_left() == 0.1
    assert not watched.is_over()
    child.wait(20)
    assert watched.is_over()
    assert watched.cause == "cancelled"
