"""A program that starts processes for a client, and leaves none of them behind.

Usage: ``python -I -S supervisor.py DIRECTORY`` with a pipe as standard input and output. It detaches
into a session of its own, writes its process id, which is the session's too, to
``DIRECTORY/supervisor.pid``, and then obeys JSON lines:

- ``{"start": {"argv", "env", "cwd", "output", "main"}}`` starts a process, its output appended to the
  file; answered by ``{"pid": …}`` or ``{"error": …}``
- ``{"detach": true}``: from now on the client may go; answered by ``{}``

It ends, and kills all that is left of its session, when the main process (without one, every process)
has ended, on SIGTERM, or when a client that has not detached is gone. Only then it writes the file
``DIRECTORY/exit.json``:
``{"cause": "ended" | "cancelled" | "lost", "code": exit code of the main process or null}``.

Where the client has left ``DIRECTORY/ending.json``, ``{"argv", "env"}``, that command is run when all is
killed: what was started on behalf of the session but is not part of it, as containers, ends with it.

Standard library only: it is started without site-packages, so that it starts in milliseconds.
"""

import contextlib
import json
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Container

GRACE = 10.0
"""Seconds that the main process has to end after SIGTERM."""

ENDING_LIMIT = 60.0
"""Seconds that the command of ``ending.json`` may take."""

_PR_SET_CHILD_SUBREAPER = 36
"""Of ``linux/prctl.h``."""

_KILL_ROUNDS = 50
_KILL_PAUSE = 0.1


class Supervisor:
    """The processes of one session; ``orders`` and ``answers`` are the client's pipes."""

    def __init__(self, directory: str, orders: int = 0, answers: int = 1) -> None:
        self.directory = directory
        self.orders = orders
        self.answers = answers
        self.children: dict[int, subprocess.Popen[bytes]] = {}
        self.main: subprocess.Popen[bytes] | None = None
        self.attached = True
        self.cause: str | None = None
        """Why it must end; None while it goes on."""
        self.deadline = float("inf")
        """When the main process is killed, on the monotonic clock."""
        self.pending = b""

    def supervise(self) -> None:
        """Obey and wait until it is over."""
        wakeup, wake = os.pipe()
        for end in (wakeup, wake):
            os.set_blocking(end, False)
        signal.set_wakeup_fd(wake)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, lambda *_: self.stop("cancelled"))
        with selectors.DefaultSelector() as selector:
            selector.register(wakeup, selectors.EVENT_READ)
            selector.register(self.orders, selectors.EVENT_READ)
            while not self.is_over():
                for key, _ in selector.select(self.seconds_left()):
                    if key.fd == wakeup:
                        os.read(wakeup, 512)
                    elif not self.obey():
                        selector.unregister(self.orders)

    def is_over(self) -> bool:
        """Reap who has ended; kill who should have ended; return whether nothing is left to wait for."""
        for pid in [pid for pid, child in self.children.items() if child.poll() is not None]:
            del self.children[pid]
        reap(self.children)
        if self.main is None:
            if not self.attached and not self.children:
                self.cause = self.cause or "ended"
            return self.cause is not None
        if self.main.returncode is not None:
            self.cause = self.cause or "ended"
            return True
        if time.monotonic() >= self.deadline:
            signal_group(self.main.pid, signal.SIGKILL)
        return False

    def seconds_left(self) -> float | None:
        """Return how long nothing needs to be done."""
        if self.deadline == float("inf"):
            return None
        return max(0.1, self.deadline - time.monotonic())

    def stop(self, cause: str) -> None:
        """Ask the main process to end."""
        self.cause = self.cause or cause
        if self.main is not None and self.deadline == float("inf"):
            self.deadline = time.monotonic() + GRACE
            signal_group(self.main.pid, signal.SIGTERM)

    def obey(self) -> bool:
        """Read from the client and do what it says; return whether it is still there."""
        data = os.read(self.orders, 1 << 16)
        if not data:
            if self.attached:
                self.stop("lost")
            return False
        *lines, self.pending = (self.pending + data).split(b"\n")
        for line in lines:
            self.answer(self.perform(json.loads(line)))
        return True

    def perform(self, order: dict[str, dict[str, object]]) -> dict[str, object]:
        """Do one thing for the client and return the answer."""
        if "start" not in order:
            self.attached = False
            return {}
        try:
            return {"pid": self.start(**order["start"]).pid}  # type: ignore[arg-type] # from JSON
        except OSError as error:
            return {"error": str(error)}

    def answer(self, value: dict[str, object]) -> None:
        """Answer the client, if it is still there."""
        with contextlib.suppress(BrokenPipeError):
            os.write(self.answers, json.dumps(value).encode() + b"\n")

    def start(
        self, argv: list[str], env: dict[str, str], cwd: str, output: str, main: bool
    ) -> "subprocess.Popen[bytes]":
        """Start a process in a group of its own."""
        with open(output, "ab") as log:  # noqa: PTH123 - pathlib costs its import
            child = subprocess.Popen(
                argv,
                env=env,
                cwd=cwd,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                process_group=0,
            )
        self.children[child.pid] = child
        if main:
            self.main = child
        return child

    def finish(self) -> None:
        """Kill what is left, then tell how it ended."""
        kill_session(os.getpid())
        for child in self.children.values():
            child.poll()
        reap(())
        run_ending(self.directory)
        code = self.main.returncode if self.main else None
        path = f"{self.directory}/exit.json"
        write(path, json.dumps({"cause": self.cause, "code": code}))


def adopt() -> None:
    """Become the parent of orphans among the descendants, whom nobody may reap (``prctl(2)``, Linux)."""
    if not sys.platform.startswith("linux"):
        return
    import ctypes

    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def reap(own: Container[int]) -> None:
    """Wait for adopted processes that have ended; ``own`` are those whose exit code is asked for."""
    with contextlib.suppress(ChildProcessError):
        flags = os.WEXITED | os.WNOHANG | os.WNOWAIT
        while (ended := os.waitid(os.P_ALL, 0, flags)) and ended.si_pid not in own:
            os.waitpid(ended.si_pid, 0)


def signal_group(group: int, number: int) -> None:
    """Signal every process of a group; nothing happens where it is gone."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


def kill_session(session: int) -> bool:
    """Kill every process of a session but this one; return whether none is left."""
    for _ in range(_KILL_ROUNDS):
        left = session_members(session)
        if not left:
            return True
        for pid in left:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(_KILL_PAUSE / 10 if _ == 0 else _KILL_PAUSE)
    return False


def run_ending(directory: str) -> None:
    """Run the command that ends what is not part of the session; nothing happens where there is none."""
    try:
        with open(f"{directory}/ending.json", "rb") as stream:  # noqa: PTH123 - pathlib costs its import
            ending = json.load(stream)
    except FileNotFoundError:
        return
    with contextlib.suppress(OSError, subprocess.TimeoutExpired):
        subprocess.run(
            ending["argv"],
            env=ending["env"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=ENDING_LIMIT,
            check=False,
        )


def session_members(session: int) -> list[int]:
    """Return the living processes of a session, without this one."""
    found = []
    for pid in processes():
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if pid != os.getpid() and os.getsid(pid) == session and not is_zombie(pid):
                found.append(pid)
    return found


def processes() -> list[int]:
    """Return every process id of this machine."""
    if os.path.isdir("/proc/self"):  # noqa: PTH112 - pathlib costs its import
        return [int(name) for name in os.listdir("/proc") if name.isdigit()]  # noqa: PTH208
    listed = subprocess.run(["ps", "-A", "-o", "pid="], capture_output=True, check=True)
    return [int(pid) for pid in listed.stdout.split()]


def is_zombie(pid: int) -> bool:
    """Return whether a process has ended, and only its parent has not noticed (``proc(5)``)."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as stat:  # noqa: PTH123 - pathlib costs its import
            return stat.read().rpartition(b")")[2].split()[0] == b"Z"
    except OSError:
        return False


def write(path: str, text: str) -> None:
    """Write a file whole or not at all."""
    temporary = f"{path}.{os.getpid()}"
    with open(temporary, "w") as stream:  # noqa: PTH123 - pathlib costs its import
        stream.write(text)
    os.replace(temporary, path)  # noqa: PTH105 - pathlib costs its import


def main(directory: str) -> None:
    """Leave the client's session, and supervise."""
    if os.fork():
        os._exit(0)
    os.setsid()
    adopt()
    write(f"{directory}/supervisor.pid", str(os.getpid()))
    supervisor = Supervisor(directory)
    supervisor.answer({"pid": os.getpid()})
    try:
        supervisor.supervise()
    finally:
        supervisor.finish()


if __name__ == "__main__":
    main(sys.argv[1])
