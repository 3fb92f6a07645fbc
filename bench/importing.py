"""The first import on an executor: from layers, and from a venv-pack archive, on the same cluster."""

import json
import shutil
from pathlib import Path

from bench.measure import Bench
from bench.report import Row

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
    project = bench.root / "packed"
    master = bench.run("sparkferry", "cluster", "up", cwd=project).strip()
    try:
        ours, theirs = [], []
        for _ in range(3):
            ours.append(
                json.loads(bench.run("sparkferry", "run", "imports", "--json", cwd=project))[
                    "result"
                ]
            )
            theirs.append(venv_archive(bench, project, master))
    finally:
        bench.run("sparkferry", "cluster", "down", cwd=project)
    return [
        _row("first task on an executor: fetch, unpack, import", "action", ours, theirs),
        _row("of that, import", "import", ours, theirs),
    ]


def venv_archive(bench: Bench, project: Path, master: str) -> dict[str, float]:
    """Run the same function with the archive of venv-pack, as its documentation says."""
    from sparkferry.targets.local.warm import warm_clusters

    script, answer = project / "src/submit.py", bench.root / "answer.json"
    script.write_text(SCRIPT)
    shutil.make_archive(str(project / "src/packed"), "zip", project / "src", "packed")
    (cluster,) = warm_clusters()
    (home,) = Path(bench.env["SPARKFERRY_CACHE_DIR"]).glob("spark/4.0*/home")
    bench.run(
        "env", f"PYTHONPATH={project / 'src'}", f"PYSPARK_DRIVER_PYTHON={bench.root / 'venv/bin/python'}",
        "PYSPARK_PYTHON=./environment/bin/python", home / "bin/spark-submit", "--master", master,
        "--properties-file", cluster.properties, "--conf", "spark.driver.host=127.0.0.1",
        "--conf", "spark.executor.memory=1g", "--conf", "spark.executor.cores=1",
        "--conf", "spark.files.useFetchCache=false",
        "--archives", f"{bench.root / 'venv.tar.gz'}#environment",
        "--py-files", project / "src/packed.zip", script, answer,
    )  # fmt: skip
    result: dict[str, float] = json.loads(answer.read_text())
    return result


def _row(what: str, key: str, ours: list[dict[str, float]], theirs: list[dict[str, float]]) -> Row:
    mine, other = (min(result[key] for result in results) for results in (ours, theirs))
    return Row(
        what,
        f"{mine:.2f} s",
        f"venv-pack archive: {other:.2f} s",
        f"{mine / other:.2f}",
        "not slower",
        mine <= other * 1.02,
    )
