"""The first import on an executor: from layers, and from a venv-pack archive, on the same cluster."""

import json
import shutil
from pathlib import Path

from bench.measure import Bench
from bench.report import Row

Times = dict[str, float]
"""Seconds of the whole action and of the import."""

SCRIPT = '''\
"""Import on one executor, from whatever archive spark-submit was told to carry."""

import json
import sys

from packed.imports import run
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
with open(sys.argv[1], "w") as stream:
    json.dump(run(spark), stream)
spark.stop()
'''


def measure(bench: Bench) -> list[Row]:
    """Compare; the project, the environment and its archive are those of `bench.packing`."""
    project, pins = bench.root / "packed", bench.root / "pins.txt"
    compiled = bench.root / "compiled"
    bench.run("python", "-m", "venv", "--without-pip", compiled)
    bench.run("uv", "pip", "install", "-q", "--compile-bytecode", "-p", compiled, "-r", pins)
    packer = bench.root / "tools/bin/venv-pack"
    bench.run(packer, "-q", "-f", "-p", compiled, "-o", bench.root / "compiled.tar.gz")
    master = bench.run("sparkferry", "cluster", "up", cwd=project).strip()
    try:
        results = [_round(bench, project, master) for _ in range(3)]
    finally:
        bench.run("sparkferry", "cluster", "down", cwd=project)
    ours, plain, bytecode = (list(column) for column in zip(*results, strict=True))
    return [
        _row(
            "first task on an executor: fetch, unpack, import", "action", ours, ("venv-pack", plain)
        ),
        _row("of that, import", "import", ours, ("venv-pack", plain)),
        _row("first task", "action", ours, ("venv-pack, with bytecode", bytecode)),
        _row("of that, import", "import", ours, ("venv-pack, with bytecode", bytecode)),
    ]


def _round(bench: Bench, project: Path, master: str) -> tuple[Times, Times, Times]:
    ran = json.loads(bench.run("sparkferry", "run", "imports", "--json", cwd=project))
    plain = venv_archive(bench, project, master, "venv")
    return ran["result"], plain, venv_archive(bench, project, master, "compiled")


def venv_archive(bench: Bench, project: Path, master: str, name: str) -> Times:
    """Run the same function with an archive of venv-pack, as its documentation says."""
    from sparkferry.targets.local.warm import warm_clusters

    script, answer = project / "src/submit.py", bench.root / "answer.json"
    script.write_text(SCRIPT)
    shutil.make_archive(str(project / "src/packed"), "zip", project / "src", "packed")
    (cluster,) = warm_clusters()
    (home,) = Path(bench.env["SPARKFERRY_CACHE_DIR"]).glob("spark/4.0*/home")
    bench.run(
        "env", f"PYTHONPATH={project / 'src'}", f"PYSPARK_DRIVER_PYTHON={bench.root / name / 'bin/python'}",
        "PYSPARK_PYTHON=./environment/bin/python", home / "bin/spark-submit", "--master", master,
        "--properties-file", cluster.properties, "--conf", "spark.driver.host=127.0.0.1",
        "--conf", "spark.executor.memory=1g", "--conf", "spark.executor.cores=1",
        "--conf", "spark.files.useFetchCache=false",
        "--archives", f"{bench.root / f'{name}.tar.gz'}#environment",
        "--py-files", project / "src/packed.zip", script, answer,
    )  # fmt: skip
    result: Times = json.loads(answer.read_text())
    return result


def _row(what: str, key: str, ours: list[Times], against: tuple[str, list[Times]]) -> Row:
    name, theirs = against
    mine, other = (min(result[key] for result in results) for results in (ours, theirs))
    return Row(
        what,
        f"{mine:.2f} s",
        f"{name}: {other:.2f} s",
        f"{mine / other:.2f}",
        "not slower",
        mine <= other * 1.02,
    )
