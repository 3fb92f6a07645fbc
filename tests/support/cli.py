"""The real program, as processes of their own, on a project of its own."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import psutil

T = TypeVar("T")

MAIN = (sys.executable, "-c", "from sparkferry.cli.main import main; main()")
PATIENCE = 300.0
"""Seconds after which a command hangs."""


@dataclass(frozen=True)
class Done:
    """A command that has ended."""

    code: int
    stdout: str
    stderr: str

    @property
    def json(self) -> Any:
        return json.loads(self.stdout)

    @property
    def run(self) -> str:
        """The id that `run` printed first."""
        return self.stdout.split("\n", 1)[0]


@dataclass(frozen=True)
class Cli:
    """One user: a project, a cache and a state directory."""

    root: Path
    cache: Path
    state: Path
    overrides: tuple[str, ...] = ()

    def with_(self, *overrides: str, **changes: Path) -> "Cli":
        """Return the same with further `-o` overrides, or other directories."""
        return replace(self, overrides=(*self.overrides, *overrides), **changes)

    def argv(self, command: str, *arguments: str) -> list[str]:
        words = command.split()
        if words == ["cluster", "status"]:  # of all projects
            return [*MAIN, *words, *arguments]
        given = [word for item in self.overrides for word in ("-o", item)]
        return [*MAIN, *words, "-C", str(self.root), *given, *arguments]

    def environ(self) -> dict[str, str]:
        ours = {"SPARKFERRY_CACHE_DIR": self.cache, "SPARKFERRY_STATE_DIR": self.state}
        return {**os.environ, **{name: str(path) for name, path in ours.items()}}

    def __call__(self, command: str, *arguments: str, code: int = 0) -> Done:
        """Run one command to its end, which must be ``code``."""
        done = self.end(self.start(command, *arguments))
        assert done.code == code, (
            f"{command} {arguments}: {done.code}\n{done.stdout}\n{done.stderr}"
        )
        return done

    def start(self, command: str, *arguments: str) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(
            self.argv(command, *arguments),
            env=self.environ(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def end(self, process: "subprocess.Popen[bytes]") -> Done:
        """Wait for a command; one that hangs is interrupted, and fails the test."""
        with process:
            try:
                stdout, stderr = process.communicate(timeout=PATIENCE)
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGINT)
                said = process.communicate(timeout=60)
                raise AssertionError(f"{process.args!r} hangs: {said!r}") from None
        decoded = (data.decode("utf-8", "replace") for data in (stdout, stderr))
        return Done(process.returncode, *decoded)

    def outcome(self, job: str, *arguments: str, code: int = 0) -> dict[str, Any]:
        """Run a job and return what `--json` tells."""
        return self("run", "--json", job, *arguments, code=code).json

    def processes(self) -> list[str]:
        """Return the command lines of all processes that belong to this state directory."""
        found = []
        for process in self.living():
            with suppress(psutil.NoSuchProcess):  # it has ended since
                found.append(" ".join(process.cmdline()))
        return found

    def living(self) -> list[psutil.Process]:
        return [process for process in psutil.process_iter() if self._owns(process)]

    def _owns(self, process: psutil.Process) -> bool:
        try:
            if process.pid == os.getpid() or process.status() == psutil.STATUS_ZOMBIE:
                return False
            said = (*process.cmdline(), process.cwd(), *process.environ().values())
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            return False
        return any(str(self.state) in text for text in said)

    def no_process_left(self, seconds: float = 20.0) -> None:
        """Wait until no process belongs to this state directory any more."""
        assert wait(lambda: not self.processes() or None, seconds), self.processes()


def wait(look: Callable[[], T | None], seconds: float = PATIENCE) -> T | None:
    """Return what ``look`` returns at last; None after ``seconds``."""
    deadline = time.monotonic() + seconds
    while (found := look()) is None and time.monotonic() < deadline:
        time.sleep(0.1)
    return found
