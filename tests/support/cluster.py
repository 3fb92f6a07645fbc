"""One project, locked once, and one warm cluster for all runs of the session."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from sparkferry.base.cache import Cache
from sparkferry.process import tool
from support.cli import Cli

PYPROJECT = """
[project]
name = "session_project"
version = "0"
requires-python = ">=3.11"
dependencies = ["numpy", "pandas<3", "pyarrow"]

[tool.sparkferry]
spark = "4.0"

[tool.sparkferry.jobs]
table = { entry = "session_project.jobs:table", args = { rows = 4 }, config = { unit = "nm" } }
fails = { entry = "session_project.jobs:fails" }
missing = { entry = "session_project.jobs:missing" }
stranger = { entry = "session_project.jobs:stranger" }
scaled = { entry = "session_project.jobs:scaled" }
both = { entry = "session_project.jobs:both", args = { rows = 4 }, config = { unit = "nm" } }
surroundings = { entry = "session_project.jobs:surroundings" }
waits = { entry = "session_project.jobs:waits" }
dies = { entry = "session_project.jobs:dies" }
marks = { entry = "session_project.jobs:marks" }
crashes = { entry = "session_project.jobs:crashes" }
configured = { entry = "session_project.jobs:configured" }
saves = { entry = "session_project.jobs:saves" }
reads = { entry = "session_project.jobs:reads" }
tool = { script = "scripts/tool.py" }

[tool.sparkferry.targets.local]
kind = "local"
workers = 2
memory = "512m"
driver-memory = "512m"
"""

JOBS = '''
import os
import signal
import site
import sys
import time
from datetime import date
from pathlib import Path

from pyspark.sql import functions as F

FACTOR = 2


def table(spark, *, rows: int, day: date = date(2013, 1, 1), names: list[str] = (), context):
    """Write a table, count what is in it, return what was given."""
    seen = context.counter("seen")
    frame = spark.range(0, rows, 1, 2).withColumn("twice", F.col("id") * FACTOR)
    frame.rdd.foreach(lambda _: seen.add(1))
    frame.write.parquet(context.path("table"))
    total = spark.read.parquet(context.path("table")).agg(F.sum("twice")).first()[0]
    return {"total": total, "day": day, "names": names, "unit": context.config["unit"]}


def fails(spark):
    return inner()


def inner():
    raise ValueError("no such flight")


def missing(spark):
    def look(_):
        import certainly_not_packed

    spark.sparkContext.parallelize(range(1), 1).foreach(look)


def stranger(spark, *, place: Path):
    sys.path.append(str(place))
    import outsider

    return outsider.NAME


def scaled(spark, *, rows: int = 100):
    """Use numpy from the layers in a pandas UDF."""

    @F.pandas_udf("struct<root: double, version: string, file: string>")
    def root(numbers):
        import numpy
        import pandas

        return pandas.DataFrame(
            {"root": numpy.sqrt(numbers), "version": numpy.__version__, "file": numpy.__file__}
        )

    rows = spark.range(0, rows, 1, 2).select(root("id").alias("x")).select("x.*").collect()
    return {
        "sum": sum(row.root for row in rows),
        "versions": {row.version for row in rows},
        "files": {row.file for row in rows},
        "spark": spark.version,
        "python": sys.version.split()[0],
    }


def both(spark, *, rows: int, context):
    return {**table(spark, rows=rows, context=context), **scaled(spark)}


def surroundings(spark):
    """Tell what the executors' Python sees of the machine."""

    def look(_):
        time.sleep(1)  # so that each executor gets some of the tasks
        yield {
            "executable": sys.executable,
            "prefix": sys.prefix,
            "path": [os.path.realpath(entry) for entry in sys.path if entry],
            "environ": dict(os.environ),
            "user_site": site.ENABLE_USER_SITE,
            "cwd": os.getcwd(),
            "tools": {entry: os.listdir(entry) for entry in os.environ["PATH"].split(":")},
        }

    return spark.sparkContext.parallelize(range(4), 4).mapPartitions(look).collect()


def waits(spark, *, seconds: int = 600, tasks: int = 2):
    spark.sparkContext.parallelize(range(tasks), tasks).foreach(lambda _: time.sleep(seconds))
    return "waited"


def dies(spark, *, whom: str):
    """Let every task kill its Python worker, or its executor."""

    def kill(_):
        if whom == "worker":
            os._exit(3)
        pid = os.getpid()
        while "java" not in Path(f"/proc/{pid}/comm").read_text():
            pid = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
        os.kill(pid, signal.SIGKILL)
        time.sleep(60)

    spark.sparkContext.parallelize(range(2), 2).foreach(kill)


def marks(spark, *, where: str):
    """Leave a mark wherever a driver or executor can write by itself, and tell which were there before."""

    def leave(_):
        import tempfile

        import numpy

        import session_project  # this module's own __file__ would travel with the function

        places = {
            "work": Path(),
            "home": Path.home(),
            "code": Path(session_project.__file__).parent,
            "packages": Path(numpy.__file__).parent,
            "python": Path(sys.base_prefix),
            "temporary": Path(tempfile.gettempdir()),
        }
        found = {name: (place / "mark.txt").exists() for name, place in places.items()}
        for place in places.values():
            (place / "mark.txt").write_text("x")
        return {"found": found, "home": str(Path.home())}

    if where == "driver":
        java = spark.sparkContext._jvm.java.lang.System.getProperty("user.home")
        return {**leave(0), "java": java}
    return spark.sparkContext.parallelize([0], 1).map(leave).first()


def crashes(spark):
    spark.range(3).write.csv("partial")
    os.kill(os.getpid(), signal.SIGKILL)


def configured(spark, *, name: str):
    """Tell a property without showing it."""
    import hashlib

    value = spark.sparkContext.getConf().get(name)
    return hashlib.sha256(value.encode()).hexdigest()


def saves(spark):
    """Write to the working directory, in the two ways that Spark has."""
    spark.range(3).write.csv("made here")
    spark.range(4).write.saveAsTable("made")
    return [spark.read.csv("made here").count(), spark.table("made").count()]


def reads(spark, *, path: str):
    return spark.read.csv(path).count()
'''

SCRIPT = """
import sys

print("ARGV", ascii(sys.argv[1:]))
"""


FILES = {
    "pyproject.toml": PYPROJECT,
    ".gitignore": ".sparkferry/\n",
    "src/session_project/__init__.py": "",
    "src/session_project/jobs.py": JOBS,
    "scripts/tool.py": SCRIPT,
}


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with a lock; tests that change its code copy it."""
    root = tmp_path_factory.mktemp("project") / "session_project"
    for name, text in FILES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    subprocess.run([tool("uv"), "lock", "--quiet"], cwd=root, check=True)
    return root


@pytest.fixture(scope="session")
def cold_cli(project: Path, spark_cache: Cache, tmp_path_factory: pytest.TempPathFactory) -> Cli:
    """The user of that project; the class-data archive is made, so that no run makes it later."""
    home = Cli(project, spark_cache.root, tmp_path_factory.mktemp("state"))
    home("cluster warm")
    return home


@pytest.fixture(scope="session")
def warm_cli(cold_cli: Cli) -> Iterator[Cli]:
    """The same user, with a warm cluster of two workers."""
    cold_cli("cluster up")
    yield cold_cli
    cold_cli("cluster down", "--all")
    cold_cli.no_process_left()


@pytest.fixture
def alone(cold_cli: Cli, tmp_path: Path) -> Iterator[Cli]:
    """The same user, whose runs start clusters of their own."""
    alone = cold_cli.with_(state=tmp_path / "state")
    yield alone
    alone.no_process_left()


@pytest.fixture
def local(cold_cli: Cli) -> Cli:
    """The same user, whose runs are one process."""
    return cold_cli.with_("targets.local.workers=0")
