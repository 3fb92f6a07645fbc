"""Timing of whole processes."""

import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Timing:
    """Wall time of one command, run several times."""

    seconds: tuple[float, ...]

    @property
    def best(self) -> float:
        """The fastest run: what the machine does when nothing disturbs it."""
        return min(self.seconds)

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)


@dataclass(frozen=True)
class Bench:
    """Where the benchmarks work, and how commands are started there."""

    root: Path
    env: Mapping[str, str]

    def run(self, *argv: str | Path, cwd: Path | None = None, **env: str) -> str:
        """Run a command and return its standard output; show what it said if it fails."""
        done = subprocess.run(
            list(map(str, argv)), cwd=cwd or self.root, env={**self.env, **env},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            sys.stderr.write(f"{argv}: exit code {done.returncode}\n{done.stdout}\n{done.stderr}\n")
            raise SystemExit(1)
        return done.stdout

    def time(
        self,
        argv: Sequence[str | Path],
        *,
        cwd: Path | None = None,
        times: int = 3,
        before: Callable[[], None] | None = None,
    ) -> Timing:
        """Time a command ``times`` times; ``before`` prepares each, outside of the clock."""
        seconds = []
        for _ in range(times):
            if before:
                before()
            start = time.perf_counter()
            self.run(*argv, cwd=cwd)
            seconds.append(time.perf_counter() - start)
        return Timing(tuple(seconds))

    def peak_memory(self, argv: Sequence[str | Path], cwd: Path) -> int:
        """Return the largest resident size of the command or any process below it, in bytes."""
        pid = os.fork()
        if pid == 0:
            self.run(*argv, cwd=cwd)
            print(
                resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss,
                file=(self.root / "rss").open("w"),
            )
            os._exit(0)
        os.waitpid(pid, 0)
        return int((self.root / "rss").read_text()) * 1024
