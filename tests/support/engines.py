"""Docker and Podman on private sockets and roots, for tests that load and run images.

Everything of theirs lies below one directory in memory and is gone at the end. Where a container cannot
run, the fixtures skip with one line that says why.
"""

import secrets
import shutil
import signal
import subprocess
import tarfile
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

SHM = Path("/dev/shm")
PROBE = Path("/usr/bin/tini-static")
"""A static program, of the Debian package that `docker.io` depends on: all that a first container needs."""
LIMITS = ("--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1024:1024")
"""Podman asks for higher limits than a confined root may set."""


@dataclass(frozen=True)
class Engine:
    """A container engine, called as a user would."""

    argv: tuple[str, ...]
    root: Path
    environ: dict[str, str] = field(default_factory=dict)

    def attempt(self, *args: object, timeout: float = 120) -> subprocess.CompletedProcess[str]:
        """Call the engine and return what happened, whatever it was."""
        argv = [*self.argv, *map(str, args)]
        return subprocess.run(
            argv,
            env=self.environ,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )

    def __call__(self, *args: object, timeout: float = 120) -> str:
        """Call the engine, which must succeed, and return what it printed."""
        done = self.attempt(*args, timeout=timeout)
        assert done.returncode == 0, f"{' '.join(map(str, args))}:\n{done.stdout}{done.stderr}"
        return done.stdout.strip()

    def configuration(self) -> dict[str, Path]:
        """Write what makes a plain `podman` use this engine; return the variables that name the files."""
        files = {
            "CONTAINERS_CONF": (
                '[containers]\ndefault_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]\n'
                '[engine]\nruntime = "runc"\ncgroup_manager = "cgroupfs"\nevents_logger = "file"\n'
                f'tmp_dir = "{self.root}/tmp"\n'
            ),
            "CONTAINERS_STORAGE_CONF": (
                f'[storage]\ndriver = "overlay"\ngraphroot = "{self.root}/root"\n'
                f'runroot = "{self.root}/run"\n'
            ),
        }
        for name, text in files.items():
            (self.root / name).write_text(text)
        return {name: self.root / name for name in files}

    def run(self, *args: object, network: str = "none", timeout: float = 120) -> str:
        """Run a container to its end: options, image, command; return what it printed."""
        return self("run", "--rm", "--network", network, *LIMITS, *args, timeout=timeout)

    def start(self, *args: object, network: str = "none") -> str:
        """Start a container in the background and return its id."""
        return self("run", "--detach", "--network", network, *LIMITS, *args)

    def remove(self, *containers: str) -> None:
        """End and remove containers."""
        self("rm", "--force", *containers)


@pytest.fixture(scope="session")
def engine_root() -> Iterator[Path]:
    """A directory in memory for engines: disks are slow, and overlays do not nest on some."""
    parent = SHM if SHM.is_dir() else None
    # Podman takes the path of a layout for a reference, which no two marks may follow each other in.
    root = (parent or Path(tempfile.gettempdir())) / f"sparkferry-engines-{secrets.token_hex(4)}"
    root.mkdir()
    yield root
    unmount(root)
    shutil.rmtree(root)


@pytest.fixture(scope="session")
def docker(engine_root: Path) -> Iterator[Engine]:
    """Debian's Docker engine, started for this session."""
    with running_docker(engine_root / "docker") as engine:
        yield engine


@contextmanager
def running_docker(root: Path) -> Iterator[Engine]:
    """Start a Docker engine with everything of its below ``root``; end it with the block."""
    need("docker", "dockerd", "runc")
    root.mkdir()
    # Beside the engine of Debian lies the client of the same version, which still builds by itself.
    client = "/usr/bin/docker" if Path("/usr/bin/docker").exists() else "docker"
    engine = Engine(
        (client, "--host", f"unix://{root}/socket"),
        root,
        {"PATH": SEARCH, "HOME": str(root), "DOCKER_BUILDKIT": "1"},
    )
    with (root / "log").open("wb") as log:
        process = subprocess.Popen(dockerd(root), stdout=log, stderr=log)
    try:
        wait_for(engine, process)
        probe("docker", engine)
        yield engine
    finally:
        remove_all(engine)
        end(process)


@pytest.fixture(scope="session")
def podman(engine_root: Path) -> Iterator[Engine]:
    """Debian's Podman with runc."""
    need("podman", "podman", "runc")
    root = engine_root / "podman"
    root.mkdir()
    storage = ("--root", f"{root}/root", "--runroot", f"{root}/run", "--tmpdir", f"{root}/tmp")
    manner = ("--runtime", "runc", "--cgroup-manager", "cgroupfs", "--events-backend", "file")
    engine = Engine(
        ("podman", *storage, *manner, "--storage-driver", "overlay"),
        root,
        {"PATH": SEARCH, "HOME": str(root), "TMPDIR": str(root)},
    )
    try:
        probe("podman", engine)
        yield engine
    finally:
        remove_all(engine)


SEARCH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def need(engine: str, *programs: str) -> None:
    """Skip unless the programs are installed."""
    missing = [name for name in programs if shutil.which(name, path=SEARCH) is None]
    if missing:
        pytest.skip(f"{engine}: {', '.join(missing)} is not installed")


def dockerd(root: Path) -> list[str]:
    """Return the command of an engine that touches nothing outside ``root`` and ends with its starter."""
    return [
        *("setpriv", "--pdeathsig", "TERM", "dockerd"),
        *("--data-root", f"{root}/data", "--exec-root", f"{root}/exec", "--pidfile", f"{root}/pid"),
        *("--host", f"unix://{root}/socket", "--storage-driver", "overlay2"),
        *("--bridge=none", "--iptables=false", "--ip6tables=false"),
    ]


def wait_for(engine: Engine, process: subprocess.Popen[bytes]) -> None:
    """Wait until the engine answers; skip where it ends instead."""
    deadline = time.monotonic() + 60
    while engine.attempt("version").returncode:
        if process.poll() is not None or time.monotonic() > deadline:
            said = (engine.root / "log").read_text(errors="replace").splitlines()
            pytest.skip(f"docker: the engine does not start here: {said[-1] if said else ''}")
        time.sleep(0.1)


def probe(name: str, engine: Engine) -> None:
    """Skip unless a container runs."""
    if not PROBE.exists():
        pytest.skip(f"{name}: {PROBE} is not installed")
    archive = engine.root / "probe.tar"
    with tarfile.open(archive, "w") as tar:
        tar.add(PROBE, "probe")
    engine("import", archive, "localhost/probe:1")
    done = engine.attempt(
        "run", "--rm", "--network", "none", *LIMITS, "localhost/probe:1", "/probe", "--version"
    )
    if done.returncode:
        pytest.skip(f"{name}: no container runs here: {done.stderr.strip().splitlines()[-1]}")


def remove_all(engine: Engine) -> None:
    """Remove every container of the engine; where it never started there is none."""
    listed = engine.attempt("ps", "--all", "--quiet")
    if containers := listed.stdout.split():
        engine.attempt("rm", "--force", *containers)


def end(process: subprocess.Popen[bytes]) -> None:
    """End a process, kindly at first."""
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def unmount(root: Path) -> None:
    """Unmount what an engine left mounted below ``root``, the innermost first."""
    points = [line.split()[1] for line in Path("/proc/mounts").read_text().splitlines()]
    for point in sorted((x for x in points if x.startswith(f"{root}/")), reverse=True):
        subprocess.run(["umount", "--lazy", point], check=False)
