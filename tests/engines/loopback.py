"""What the scripts in this folder share: free ports, processes of their own session, an end by process id."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

HOST = "127.0.0.1"


def free_ports(count: int = 1) -> list[int]:
    """Return as many ports that nothing listens on."""
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind((HOST, 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def start(command: Sequence[str], log: Path, env: dict[str, str] | None = None) -> int:
    """Start a process in a session of its own; what it prints goes to ``log``."""
    with log.open("ab") as out:
        return subprocess.Popen(
            list(map(str, command)),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
            cwd=log.parent,
            env={**os.environ, **env} if env else None,
        ).pid


def alive(pid: int) -> bool:
    """Return whether a process runs (and is no zombie)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def wait_for_port(port: int, pid: int, log: Path, seconds: float = 60) -> None:
    """Wait until something listens."""
    end = time.monotonic() + seconds
    while time.monotonic() < end and alive(pid):
        with contextlib.suppress(OSError), socket.create_connection((HOST, port), 1):
            return
        time.sleep(0.05)
    sys.exit(f"nothing listens on port {port}; see {log}")


def remember(home: Path, pids: dict[str, int], **more: object) -> None:
    """Write DIR/engine.json."""
    (home / "engine.json").write_text(json.dumps({"pids": pids, **more}, indent=1) + "\n")


def end(home: Path) -> None:
    """End what DIR/engine.json names, the last started first."""
    engine = home / "engine.json"
    for pid in reversed(json.loads(engine.read_text())["pids"].values()):
        for number, patience in ((signal.SIGTERM, 8.0), (signal.SIGKILL, 2.0)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
            until = time.monotonic() + patience
            while alive(pid) and time.monotonic() < until:
                time.sleep(0.02)
    engine.unlink()
