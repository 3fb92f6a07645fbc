"""Packing an environment: sparkferry against venv-pack and pex."""

import shutil
from pathlib import Path

from bench.measure import Bench, Timing

REQUIREMENTS = ("numpy", "pandas<3", "pyarrow", "scikit-learn")

PYPROJECT = """\
[project]
name = "packed"
version = "0.1.0"
requires-python = ">=3.11"
dependencies = ["numpy", "pandas<3", "pyarrow", "scikit-learn"]

[tool.sparkferry]
spark = "4.0"

[tool.sparkferry.jobs.imports]
entry = "packed.imports:run"
"""

JOB = '''\
"""How long an executor takes to import the packages for the first time."""

import time


def timed(_):
    start = time.time()
    import numpy
    import pandas
    import pyarrow
    import sklearn.linear_model

    del numpy, pandas, pyarrow, sklearn
    return time.time() - start


def run(spark, *, tasks: int = 1) -> dict:
    start = time.time()
    seconds = spark.sparkContext.parallelize(range(tasks), tasks).map(timed).collect()
    return {"import": max(seconds), "action": time.time() - start}
'''


def make_project(bench: Bench) -> Path:
    """Write and lock the project that is packed."""
    project = bench.root / "packed"
    (project / "src/packed").mkdir(parents=True)
    (project / "pyproject.toml").write_text(PYPROJECT)
    (project / "src/packed/__init__.py").write_text("")
    (project / "src/packed/imports.py").write_text(JOB)
    bench.run("git", "init", "-q", ".", cwd=project)
    bench.run("uv", "lock", "-q", cwd=project)
    return project


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
    bench.run("uv", "pip", "install", "-q", "-p", tools, "venv-pack", "pex", "pip", "setuptools<81")
    return tools / "bin"


def pack_cold(bench: Bench, project: Path) -> Timing:
    """Time `pack` with wheels and interpreter in the cache, but neither packages nor code."""
    cache = Path(bench.env["SPARKFERRY_CACHE_DIR"])
    bench.run("sparkferry", "pack", cwd=project)

    def forget() -> None:
        for layer in (cache / "layers").glob("*/*.zip"):
            shutil.rmtree(layer.parent)

    return bench.time(["sparkferry", "pack"], cwd=project, times=5, before=forget)


def pack_all_cold(bench: Bench, project: Path) -> Timing:
    """Time `pack` with nothing but the wheels in the cache: the interpreter is made, too."""
    cache = Path(bench.env["SPARKFERRY_CACHE_DIR"])
    return bench.time(
        ["sparkferry", "pack"],
        cwd=project,
        before=lambda: shutil.rmtree(cache / "layers", ignore_errors=True),
    )


def pack_changed(bench: Bench, project: Path) -> Timing:
    """Time `pack` after a one-line change of the code."""
    module = project / "src/packed/imports.py"

    def change() -> None:
        module.write_text(module.read_text() + "# changed\n")

    return bench.time(["sparkferry", "pack"], cwd=project, times=7, before=change)


def venv_pack(bench: Bench, programs: Path, venv: Path) -> tuple[Timing, int]:
    """Time venv-pack and return the size of its archive."""
    archive = bench.root / "venv.tar.gz"
    timing = bench.time([programs / "venv-pack", "-q", "-f", "-p", venv, "-o", archive], times=3)
    return timing, archive.stat().st_size


def pex(bench: Bench, programs: Path) -> tuple[Timing, int]:
    """Time pex, its wheels downloaded before, and return the size of its file."""
    wheels, made = bench.root / "wheels", bench.root / "all.pex"
    pins = bench.root / "pins.txt"
    python = Path(bench.env["BENCH_PYTHON"])
    bench.run(programs / "python", "-m", "pip", "download", "-q", "--no-deps", "-d", wheels, "-r", pins)
    argv = [
        programs / "pex", "--python", python, "--no-pypi", "-f", wheels, "-r", pins, "--intransitive",
        "-o", made,
    ]  # fmt: skip
    bench.run(*argv)
    return bench.time(argv, times=2), made.stat().st_size
