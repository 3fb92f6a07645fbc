"""Packing an environment: sparkferry against its neighbours."""

import shutil
from pathlib import Path

from bench.measure import Bench, Timing
from bench.peers import make_venv, peers, pex, uv_pack, uv_sync_and_tar, venv_pack
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


def measure(bench: Bench) -> list[Row]:
    """Compare packing."""
    project = make_project(bench)
    venv, programs = make_venv(bench, project), peers(bench)
    cold = pack_cold(bench, project)
    packed, packed_size = venv_pack(bench, programs, venv)
    pexed, pexed_warm, pexed_size = pex(bench, programs)
    bundled, synced = uv_pack(bench, programs, project), uv_sync_and_tar(bench, project)
    whole, changed = pack_all_cold(bench, project), pack_changed(bench, project)
    size = layer_size(bench, project, "packages")
    memory = pack_memory(bench, project)
    ours = f"{cold.best:.2f} s"
    return [
        _faster("`pack`, wheels cached, no layer cached", ours, cold, ("venv-pack", packed, 20)),
        _faster("the same", ours, cold, ("pex, wheels local", pexed, 60)),
        _faster("the same", ours, cold, ("pex, its own cache of them warm, too", pexed_warm, 60)),
        _told("the same", ours, cold, ("uv sync + tar czf, uv's cache warm", synced)),
        _told("the same", ours, cold, ("uv-pack: a directory of wheels, caches warm", bundled)),
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


def _told(what: str, shown: str, ours: Timing, against: tuple[str, Timing]) -> Row:
    name, theirs = against
    ratio = f"{theirs.best / ours.best:.1f}×"
    return Row(what, shown, f"{name}: {theirs.best:.1f} s", ratio, "told only", None)


def _size(what: str, ours: int, name: str, theirs: int) -> Row:
    return Row(
        what,
        f"{ours / 10**6:.0f} MB",
        f"{name}: {theirs / 10**6:.0f} MB",
        f"{ours / theirs:.2f}",
        "not larger",
        ours <= theirs,
    )
