"""The client's side of a supervised session: start it, put processes into it, find and end it later.

A session has a directory. While its supervisor lives, it holds a lock on a file in it, which ends with
the supervisor however it dies, so no process id is ever mistaken for another's.
"""

import fcntl
import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import IO, Any, Protocol

import msgspec

from sparkferry.errors import ExternalError
from sparkferry.targets.supervise import supervisor
from sparkferry.targets.supervise.records import read_record, write_record

_LOCK, _PID, _EXIT = "supervisor.lock", "supervisor.pid", "exit.json"
_ENDING = "ending.json"


class Program(msgspec.Struct, frozen=True, kw_only=True):
    """One process to start."""

    argv: tuple[str, ...]
    env: Mapping[str, str]
    cwd: Path
    output: Path
    """File that its standard output and error are appended to."""
    main: bool = False
    """Whether the session ends with it."""


class Exit(msgspec.Struct, frozen=True, kw_only=True):
    """How a session ended."""

    cause: str | None
    """``ended``, ``cancelled`` or ``lost``."""
    code: int | None
    """Exit code of the main process, negative for a signal; None where there was none."""


class ProcessSpawner(Protocol):
    """Starts programs: a session, or one whose programs run in containers."""

    def start(self, program: Program) -> int:
        """Start a program and return the id of its process, or of the process that stands for it."""
        ...


class Session:
    """A session that this client has started; unless it is detached, it ends with this client."""

    def __init__(self, directory: Path) -> None:
        """Start a supervisor for ``directory``, which exists."""
        self.directory = directory
        with ExitStack() as stack:
            lock = stack.enter_context((directory / _LOCK).open("wb"))
            log = stack.enter_context((directory / "supervisor.log").open("ab"))
            fcntl.flock(lock, fcntl.LOCK_EX)
            self._starter = subprocess.Popen(
                [sys.executable, "-I", "-S", supervisor.__file__, str(directory)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                pass_fds=[lock.fileno()],
                cwd=directory,
            )
        self._orders = _pipe(self._starter.stdin)
        self._answers = _pipe(self._starter.stdout)

        self._pid: int | None = None

    def pid(self) -> int:
        """Return the id of the supervisor's process, once it has started.

        :raises ExternalError: it does not start.
        """
        if self._pid is None:
            self._pid = int(self._answer()["pid"])
            self._starter.wait()
        return self._pid

    def wait(self, seconds: float) -> None:
        """Wait until the session has ended, ``seconds`` at most."""
        select.select([self._answers], [], [], seconds)

    def start(self, program: Program) -> int:
        """Start a process in the session and return its id.

        :raises ExternalError: there is no such program, or it may not be executed.
        """
        answer = self._order({"start": msgspec.to_builtins(program, enc_hook=str)})
        if "pid" not in answer:
            raise ExternalError(f"could not start `{program.argv[0]}`: {answer.get('error')}")
        return int(answer["pid"])

    def at_end(self, argv: Sequence[str], env: Mapping[str, str]) -> None:
        """Have a command run when all processes of the session have ended, whoever ends them."""
        write_record(self.directory / _ENDING, {"argv": argv, "env": env})

    def detach(self) -> None:
        """Let the session outlive this client."""
        self._order({"detach": True})
        self.close()

    def close(self) -> None:
        """Let go of the session: it ends now, unless it was detached."""
        with suppress(ExternalError):
            self.pid()
        with suppress(BrokenPipeError):
            self._orders.close()
        self._answers.close()

    def _order(self, order: dict[str, Any]) -> dict[str, Any]:
        self.pid()
        with suppress(BrokenPipeError):
            self._orders.write(json.dumps(order).encode() + b"\n")
            self._orders.flush()
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        line = self._answers.readline()
        if not line:
            log = (self.directory / "supervisor.log").read_text("utf-8", "replace")[-2000:]
            raise ExternalError(
                f"could not supervise `{self.directory}`: the supervisor ended: {log}"
            )
        answer: dict[str, Any] = json.loads(line)
        return answer


def was_started(directory: Path) -> bool:
    """Return whether a supervisor for ``directory`` was ever started."""
    return (directory / _PID).exists()


def is_alive(directory: Path) -> bool:
    """Return whether the supervisor of the session in ``directory`` lives."""
    try:
        with (directory / _LOCK).open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except FileNotFoundError:
        return False
    return False


def exit_of(directory: Path) -> Exit | None:
    """Return how the session ended, or None while it goes on or where its supervisor was killed."""
    return read_record(directory / _EXIT, Exit)


def ask_to_end(directory: Path) -> None:
    """Ask the session to end; nothing happens where it has ended."""
    pid = _pid(directory)
    if pid is not None and is_alive(directory):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)


def kill_remains(directory: Path) -> None:
    """Kill what a supervisor that was killed itself has left running.

    The kernel gives a session's id to no other process while a member lives. If a process has it
    nevertheless, no member is left, and the id was given again.

    :raises ExternalError: a process does not die.
    """
    pid = _pid(directory)
    if pid is None or exit_of(directory) or is_alive(directory) or _is_running(pid):
        return
    if not supervisor.kill_session(pid):
        raise ExternalError(f"could not end the processes of `{directory}`: they do not die")
    supervisor.run_ending(str(directory))
    (directory / _PID).unlink(missing_ok=True)


def _is_running(pid: int) -> bool:
    return pid in supervisor.processes() and not supervisor.is_zombie(pid)


def _pid(directory: Path) -> int | None:
    try:
        return int((directory / _PID).read_text())
    except FileNotFoundError:
        return None


def _pipe(stream: IO[bytes] | None) -> IO[bytes]:
    if stream is None:
        raise ExternalError("could not start the supervisor: it has no pipe")
    return stream
