"""Running jobs: sparkferry against spark-submit of the same job."""

from pathlib import Path

from bench.measure import Bench, Timing
from bench.report import Row

PYPROJECT = """\
[project]
name = "small"
version = "0.1.0"
requires-python = ">=3.11"
dependencies = []

[tool.sparkferry]
spark = "4.0"

[tool.sparkferry.jobs.small]
entry = "small.job:run"
"""

JOB = '''\
"""A small job: a DataFrame, a Python UDF, a shuffle."""

from pyspark.sql import SparkSession
from pyspark.sql.functions import udf


def run(spark: SparkSession) -> list:
    digits = udf(lambda number: sum(map(int, str(number))), "int")
    frame = spark.range(0, 20_000, 1, 2).select(digits("id").alias("sum")).groupBy("sum").count()
    return sorted(map(list, frame.collect()))
'''

SCRIPT = '''\
"""The same job as a script for spark-submit."""

import json

from pyspark.sql import SparkSession
from small.job import run

spark = SparkSession.builder.appName("small").getOrCreate()
print(json.dumps(run(spark)))
spark.stop()
'''


def make_project(bench: Bench) -> Path:
    """Write the project whose job both run."""
    project = bench.root / "small"
    (project / "src/small").mkdir(parents=True)
    (project / "pyproject.toml").write_text(PYPROJECT)
    (project / "src/small/__init__.py").write_text("")
    (project / "src/small/job.py").write_text(JOB)
    (project / "src/submit.py").write_text(SCRIPT)
    bench.run("git", "init", "-q", ".", cwd=project)
    bench.run("uv", "lock", "-q", cwd=project)
    return project


def spark_home(bench: Bench) -> Path:
    """Return the pip pyspark that sparkferry uses, as pip installs it."""
    (home,) = Path(bench.env["SPARKFERRY_CACHE_DIR"]).glob("spark/4.0*/pyspark")
    return home


def plain_submit(bench: Bench, project: Path) -> Timing:
    """Time spark-submit in one process, with this machine's Python."""
    argv = [
        "env", f"PYTHONPATH={project / 'src'}", f"PYSPARK_PYTHON={bench.env['BENCH_PYTHON']}",
        spark_home(bench) / "bin/spark-submit", "--master", "local[*]", project / "src/submit.py",
    ]  # fmt: skip
    return bench.time(argv, cwd=project, times=5)


def run_in_process(bench: Bench, project: Path) -> Timing:
    """Time `sparkferry run` with `workers = 0`, the class-data archive present."""
    argv = ["sparkferry", "run", "small", "-o", "targets.local.workers=0"]
    bench.run("sparkferry", "cluster", "warm", cwd=project)
    bench.run(*argv, cwd=project)
    return bench.time(argv, cwd=project, times=5)


def warm_cluster(bench: Bench, project: Path) -> tuple[Timing, Timing, Timing]:
    """Time `sparkferry run` and spark-submit of the very same request, in turns on one warm cluster.

    The latter as a user would start it, and with the options of the virtual machines that we give.
    """
    bench.run("sparkferry", "cluster", "up", cwd=project)
    try:
        argv: list[str | Path] = ["sparkferry", "run", "small"]
        run_id = bench.run(*argv, cwd=project).split()[0]
        plain = same_request(bench, project, run_id, tuned=False)
        tuned = same_request(bench, project, run_id, tuned=True)
        rounds = [
            [bench.time(each, cwd=project, times=1) for each in (argv, plain, tuned)]
            for _ in range(5)
        ]
        ours, theirs, alike = (
            Timing(tuple(timing.seconds[0] for timing in column))
            for column in zip(*rounds, strict=True)
        )
        return ours, theirs, alike
    finally:
        bench.run("sparkferry", "cluster", "down", cwd=project)


def same_request(bench: Bench, project: Path, run_id: str, *, tuned: bool) -> list[str | Path]:
    """Return the spark-submit line of a run's plan for the warm cluster, as a user would type it."""
    from sparkferry.base.cache import Cache
    from sparkferry.env import Env
    from sparkferry.layers.driver import driver_environment
    from sparkferry.runs.ledger import Ledger
    from sparkferry.spark.class_data import ClassData
    from sparkferry.spark.environ import driver_environ
    from sparkferry.spark.installation import Wanted, find_installation
    from sparkferry.spark.jvm import Jvm, joined, launcher_environ
    from sparkferry.store.open import open_store
    from sparkferry.targets.local.launch import layers_of
    from sparkferry.targets.local.request import submit_request
    from sparkferry.targets.local.warm import warm_clusters
    from sparkferry.targets.spark_submit.places import Places

    plan = Ledger(open_store(".sparkferry/store", project)).get(run_id).plan
    (cluster,) = warm_clusters()
    cache = Cache(Path(bench.env["SPARKFERRY_CACHE_DIR"]))
    place = bench.root / f"tuned-{tuned}"
    driver_environment(layers_of(plan.layers), place / "environment", cache)
    (place / "report").mkdir()
    found = find_installation(
        Wanted(version=plan.spark, class_data=True), Env(cache=cache, environ=bench.env)
    )
    class_data = found.class_data or ClassData()
    options = joined(Jvm(java=found.java, class_data=class_data.spark, delay_c2=True).options())
    places = Places(
        environment=place / "environment",
        report=place / "report",
        master=cluster.master,
        properties_file=cluster.properties,
        executor_options=options if tuned else "",
    )
    argv = submit_request(plan, places).argv(str(found.home.path / "bin/spark-submit"))
    environ = driver_environ(found.home, found.java, bench.env)
    if tuned:
        environ |= {**launcher_environ(class_data.launcher), "SPARK_SUBMIT_OPTS": options}
    return ["env", "-i", *(f"{key}={value}" for key, value in environ.items()), *argv]


def measure(bench: Bench) -> list[Row]:
    """Compare runs with spark-submit."""
    project = make_project(bench)
    ours, theirs = run_in_process(bench, project), plain_submit(bench, project)
    ratio = ours.best / theirs.best
    run, plain, tuned = warm_cluster(bench, project)
    return [
        Row(
            "`run`, `workers = 0`, class-data archive present",
            f"{ours.best:.2f} s",
            f"spark-submit: {theirs.best:.2f} s",
            f"{ratio:.2f}",
            "≤ 0.6",
            ratio <= 0.6,
        ),
        _overhead(run, "spark-submit, same request", plain),
        _overhead(run, "the same, with our virtual machines' options", tuned),
    ]


def _overhead(run: Timing, name: str, plain: Timing) -> Row:
    over = run.best - plain.best
    return Row(
        "`run` on a warm embedded cluster",
        f"{run.best:.2f} s",
        f"{name}: {plain.best:.2f} s",
        f"{over:+.2f} s",
        "≤ 0.5 s more",
        over <= 0.5,
    )
