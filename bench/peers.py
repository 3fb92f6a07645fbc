"""The neighbours that pack environments, timed on the same locked packages."""

import shutil
from pathlib import Path

from bench.measure import Bench, Timing

PEERS = ("venv-pack", "pex", "uv-pack", "pip", "setuptools<81")


def make_venv(bench: Bench, project: Path) -> Path:
    """Install the same packages, as the lock names them, into a plain virtual environment."""
    venv = bench.root / "venv"
    pins = bench.run("uv", "export", "-q", "--no-emit-project", "--no-hashes", cwd=project)
    (bench.root / "pins.txt").write_text(pins)
    bench.run("python", "-m", "venv", "--without-pip", venv)
    bench.run("uv", "pip", "install", "-q", "-p", venv, "-r", bench.root / "pins.txt")
    return venv


def peers(bench: Bench) -> Path:
    """Install the neighbours; return the directory of their programs."""
    tools = bench.root / "tools"
    bench.run("uv", "venv", "-q", "-p", "3.11", tools)
    bench.run("uv", "pip", "install", "-q", "-p", tools, *PEERS)
    return tools / "bin"


def venv_pack(bench: Bench, programs: Path, venv: Path) -> tuple[Timing, int]:
    """Time venv-pack and return the size of its archive."""
    archive = bench.root / "venv.tar.gz"
    timing = bench.time([programs / "venv-pack", "-q", "-f", "-p", venv, "-o", archive], times=3)
    return timing, archive.stat().st_size


def pex(bench: Bench, programs: Path) -> tuple[Timing, Timing, int]:
    """Time pex on local wheels, with its own cache empty and warm, and return the size of its file."""
    wheels, made = bench.root / "wheels", bench.root / "all.pex"
    pins = bench.root / "pins.txt"
    python = Path(bench.env["BENCH_PYTHON"])
    bench.run(
        programs / "python", "-m", "pip", "download", "-q", "--no-deps", "-d", wheels, "-r", pins
    )
    argv = [
        programs / "pex", "--python", python, "--no-pypi", "-f", wheels, "-r", pins, "--intransitive",
        "-o", made,
    ]  # fmt: skip
    bench.run(programs / "pex", "--python", python, "-o", bench.root / "empty.pex")

    def forget() -> None:
        shutil.rmtree(bench.env["PEX_ROOT"])

    cold = bench.time(argv, times=2, before=forget)
    return cold, bench.time(argv, times=2), made.stat().st_size


def uv_pack(bench: Bench, programs: Path, project: Path) -> Timing:
    """Time uv-pack with uv's and pip's caches warm, and without the interpreter, which it downloads."""
    argv = [programs / "uv-pack", "--skip", "python", "-o", bench.root / "bundle"]
    bench.run(*argv, cwd=project)
    return bench.time(argv, cwd=project)


def uv_sync_and_tar(bench: Bench, project: Path) -> Timing:
    """Time `uv sync` into an empty environment, uv's cache warm, and tar with gzip of it."""
    synced = bench.root / "synced"
    line = f"UV_PROJECT_ENVIRONMENT={synced} uv sync -q --frozen && tar czf {synced}.tar.gz -C {synced} ."
    return bench.time(
        ["sh", "-c", line], cwd=project, before=lambda: shutil.rmtree(synced, ignore_errors=True)
    )
