"""Packing an environment: sparkferry against venv-pack and pex."""

import shutil
from pathlib import Path

from bench.measure import Bench, Timing
from bench.report import Row

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


def measure(bench: Bench) -> list[Row]:
    """Compare packing."""
    project = make_project(bench)
    venv, programs = make_venv(bench, project), peers(bench)
    cold = pack_cold(bench, project)
    packed, packed_size = venv_pack(bench, programs, venv)
    pexed, pexed_warm, pexed_size = pex(bench, programs)
    whole, changed = pack_all_cold(bench, project), pack_changed(bench, project)
    size = layer_size(bench, project, "packages")
    memory = pack_memory(bench, project)
    ours = f"{cold.best:.2f} s"
    return [
        _faster("`pack`, wheels cached, no layer cached", ours, cold, ("venv-pack", packed, 20)),
        _faster("the same", ours, cold, ("pex, wheels local", pexed, 60)),
        _faster("the same", ours, cold, ("pex, its own cache of them warm, too", pexed_warm, 60)),
        _size("size of the packages", size, "venv-pack", packed_size),
        _size("the same", size, "pex", pexed_size),
        Row(
            "`pack`, no layer cached, interpreter included",
            f"{whole.best:.2f} s",
            f"venv-pack: {packed.best:.1f} s",
            f"{packed.best / whole.best:.1f}×",
            "told only",
            None,
        ),
        Row(
            "`pack` after a one-line change",
            f"{changed.median:.2f} s (median)",
            "–",
            "–",
            "≤ 0.3 s",
            changed.median <= 0.3,
        ),
        Row(
            "memory of `pack`, no layer cached",
            f"{memory / 10**6:.0f} MB",
            "–",
            "–",
            "≤ 150 MB",
            memory <= 150 * 10**6,
        ),
    ]


def layer_size(bench: Bench, project: Path, layer: str) -> int:
    """Return the size of a layer in bytes."""
    lines = bench.run("sparkferry", "pack", cwd=project).splitlines()
    return next(int(line.split()[2]) for line in lines if line.startswith(layer))


def pack_memory(bench: Bench, project: Path) -> int:
    """Return the largest resident size of `pack` with only the wheels in the cache, in bytes."""
    cache = Path(bench.env["SPARKFERRY_CACHE_DIR"])
    for area in ("layers", "memo"):
        shutil.rmtree(cache / area)
    return bench.peak_memory(["sparkferry", "pack"], project)


def _faster(what: str, shown: str, ours: Timing, against: tuple[str, Timing, int]) -> Row:
    name, theirs, reach = against
    ratio = theirs.best / ours.best
    return Row(
        what, shown, f"{name}: {theirs.best:.1f} s", f"{ratio:.0f}×", f"≥ {reach}×", ratio >= reach
    )


def _size(what: str, ours: int, name: str, theirs: int) -> Row:
    return Row(
        what,
        f"{ours / 10**6:.0f} MB",
        f"{name}: {theirs / 10**6:.0f} MB",
        f"{ours / theirs:.2f}",
        "not larger",
        ours <= theirs,
    )
