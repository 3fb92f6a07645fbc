"""The runtime under spark-submit, in local mode: every test is one real driver."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

import sparkferry
from sparkferry.runtime.spec import Spec

pytestmark = pytest.mark.spark

JOBS = """
import time
from datetime import date
from pathlib import Path
from pyspark.sql import functions as F


def good(spark, *, rows: int, day: date, names: list[str] = (), context):
    seen, kept = context.counter("seen"), context.counter("kept")

    @F.udf("long")
    def plus(value):
        seen.add(1)
        return value + 1

    total = spark.range(0, rows, 1, 2).select(plus("id").alias("x")).agg(F.sum("x")).first()[0]
    spark.sparkContext.parallelize(range(3), 2).foreach(lambda _: kept.add(0.5))
    return {"total": total, "day": day, "names": names, "argv": context.argv, "to": context.path("a")}


def bad(spark):
    return inner()


def inner():
    raise RuntimeError("no such flight")


def alien(spark):
    @F.udf("long")
    def plus(value):
        import stranger
        return value + 1

    return spark.range(2).select(plus("id")).count() and spark.range(2).select(plus("id")).collect()


def endless(spark, *, mark: str):
    def wait(_):
        Path(mark).touch()
        time.sleep(600)

    spark.sparkContext.parallelize(range(1), 1).foreach(wait)
"""
SCRIPT = """
import sys
import beside
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
assert spark.sparkContext.parallelize([1, 2], 2).map(lambda x: x + 1).sum() == 5
print("ARGV", ascii(sys.argv[1:]), __name__, beside.NAME)
spark.stop()
sys.exit(0)
"""


class Cluster:
    """A code layer and a way to submit it."""

    def __init__(self, directory: Path, spark_home: Path) -> None:
        self.directory = directory
        self.submit = spark_home / "bin/spark-submit"
        self.report = directory / "report"
        self.environment = {
            **os.environ,
            "SPARK_HOME": str(spark_home),
            "PYSPARK_PYTHON": sys.executable,
            "PYTHONPATH": f"{directory / 'code'}{os.pathsep}{directory / 'elsewhere'}",
            "PYTHONHASHSEED": "0",
            "SPARK_LOCAL_IP": "127.0.0.1",
            "SPARK_LOCAL_DIRS": str(directory / "local"),
        }

    def argv(self, *, report=None, conf=(), **given):
        spec = Spec(
            run_id="job-1",
            job="job",
            tier="dev",
            output="file:///out/",
            report=report or str(self.report),
            **given,
        )
        further = [word for item in conf for word in ("--conf", item)]
        conf = ["--master", "local[2]", "--conf", "spark.ui.enabled=false", *further]
        main = str(self.directory / "code/sparkferry_main.py")
        return [str(self.submit), *conf, main, "--spec", spec.to_json()]

    @contextmanager
    def endless(self, **given):
        """Yield a driver that waits for a function of its job, which a worker is running."""
        mark = self.directory / "mark"
        argv = self.argv(entry="flights:endless", args={"mark": str(mark)}, **given)
        with subprocess.Popen(argv, env=self.environment, stderr=subprocess.DEVNULL) as process:
            while not mark.exists():
                assert process.poll() is None
                time.sleep(0.1)
            yield process

    def run(self, **given):
        return subprocess.run(
            self.argv(**given), env=self.environment, capture_output=True, text=True, check=False
        )

    def read(self, name):
        return json.loads((self.report / name).read_text())


@pytest.fixture
def cluster(tmp_path, spark_home):
    source = Path(sparkferry.__file__).parent
    files = {
        "code/flights.py": JOBS,
        "code/scripts/pi.py": SCRIPT,
        "code/scripts/beside.py": "NAME = 'beside'",
        "code/sparkferry/__init__.py": (source / "__init__.py").read_text(),
        "code/sparkferry_main.py": (
            "from sparkferry.runtime.main import main\n\nraise SystemExit(main())\n"
        ),
        "elsewhere/stranger.py": "",
    }
    shutil.copytree(source / "runtime", tmp_path / "code/sparkferry/runtime")
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return Cluster(tmp_path, Path(spark_home))


def test_a_function_gets_typed_arguments_and_its_result_is_recorded(cluster):
    argv = ("new\nline", "c\r\n", "", '"quoted" it\'s $HOME', "\udcff\udcfe", "é", "--spec")
    done = cluster.run(
        entry="flights:good",
        args={"rows": 4, "day": "2013-01-01"},
        sets={"rows": "1_0", "names": "a, b"},
        argv=argv,
    )
    assert done.returncode == 0, done.stderr
    result = cluster.read("result.json")
    assert result["state"] == "succeeded"
    assert result["error"] is None
    assert result["seconds"] > 0
    assert result["counters"] == {"kept": 1.5, "seen": 10}
    assert result["result"] == {
        "total": 55,
        "day": "2013-01-01",
        "names": ["a", "b"],
        "argv": list(argv),
        "to": "file:///out/a",
    }
    started = cluster.read("started.json")
    assert started["application_id"].startswith("local-")
    assert started["executable"] == sys.executable
    audit = cluster.read("audit.json")
    assert {"name": "flights", "version": None, "path": "code/flights.py", "origin": "code"} in (
        audit["driver"]
    )
    assert "pyspark" in {entry["name"] for entry in audit["executors"]["driver"]}
    assert audit["problem"] is None


def test_a_script_runs_as_python_would_run_it_in_our_session(cluster):
    argv = ("a b", "\udcff", "")
    done = cluster.run(script="scripts/pi.py", argv=argv)
    assert done.returncode == 0, done.stderr
    assert f"ARGV {list(argv)!a} __main__ beside" in done.stdout
    assert cluster.read("result.json")["state"] == "succeeded"
    audit = cluster.read("audit.json")
    assert audit["executors"], "a script that stops its session is audited before"
    assert "scripts" in {entry["path"].split("/")[-1] for entry in audit["driver"]}


def test_a_failed_job_tells_its_own_traceback(cluster):
    done = cluster.run(entry="flights:bad")
    assert done.returncode == 1
    result = cluster.read("result.json")
    assert (result["state"], result["result"]) == ("failed", None)
    assert (result["error"]["type"], result["error"]["message"]) == (
        "RuntimeError",
        "no such flight",
    )
    places = [line for line in result["error"]["traceback"].splitlines() if "File" in line]
    assert [place.split(", in ")[1] for place in places] == ["bad", "inner"]


def test_with_strict_a_stranger_on_an_executor_fails_the_run(cluster):
    done = cluster.run(entry="flights:alien", strict=True)
    assert done.returncode == 1, done.stderr
    result = cluster.read("result.json")
    assert result["error"]["type"] == "StrictAuditError"
    outside = cluster.read("audit.json")["outside"]
    assert ("executor driver", "stranger", str(cluster.directory / "elsewhere/stranger.py")) in {
        (entry["process"], entry["name"], entry["path"]) for entry in outside
    }


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signalled_driver_ends_at_once_and_says_so(cluster, number):
    with cluster.endless() as process:
        os.kill(cluster.read("started.json")["pid"], number)
        assert process.wait(timeout=60) == 128 + number
    assert cluster.read("result.json")["state"] == "cancelled"


def test_a_driver_whose_jvm_is_killed_records_that_it_failed(cluster):
    with cluster.endless() as process:
        process.kill()
    limit = time.monotonic() + 60
    while not (cluster.report / "result.json").exists():
        assert time.monotonic() < limit
        time.sleep(0.1)
    assert cluster.read("result.json")["state"] == "failed"
    assert cluster.read("audit.json")["problem"]


def test_the_probe_compares_with_what_was_expected(cluster):
    expected = {"python": "2.7.18", "packages": {"numpy": "1.0"}}
    done = cluster.run(entry="sparkferry.runtime.probe:run", args={"expected": expected})
    assert done.returncode == 1
    result = cluster.read("result.json")
    assert result["error"]["type"].endswith("ProbeError")
    facts = result["result"]["executors"]["driver"]
    assert facts["trees"] == result["result"]["driver"]["trees"]
    python = facts["python"]
    assert result["result"]["mismatches"] == [
        f"the driver runs Python {python}, expected 2.7.18",
        "the driver has numpy missing, expected 1.0",
        f"executor driver runs Python {python}, expected 2.7.18",
        "executor driver has numpy missing, expected 1.0",
    ]


def elsewhere(cluster):
    """Return what makes a report go through Hadoop: viewfs is no local file system to it."""
    cluster.report.mkdir()
    link = f"spark.hadoop.fs.viewfs.mounttable.far.link./report=file://{cluster.report}"
    return {"report": "viewfs://far/report", "conf": [link]}


def test_a_report_elsewhere_goes_through_hadoop(cluster):
    place = elsewhere(cluster)
    done = cluster.run(entry="flights:good", args={"rows": 3, "day": "2026-01-01"}, **place)
    assert done.returncode == 0, done.stderr
    assert cluster.read("result.json")["result"]["total"] == 6
    assert cluster.read("started.json")["master"] == "local[2]"
    assert cluster.read("audit.json")["problem"] is None
    assert {path.suffix for path in cluster.report.iterdir() if path.name[0] != "."} == {".json"}


def test_a_script_that_stops_its_session_reports_elsewhere(cluster):
    done = cluster.run(script="scripts/pi.py", **elsewhere(cluster))
    assert done.returncode == 0, done.stderr
    assert cluster.read("result.json")["state"] == "succeeded"


def test_a_driver_that_is_terminated_reports_elsewhere(cluster):
    with cluster.endless(**elsewhere(cluster)) as process:
        os.kill(cluster.read("started.json")["pid"], signal.SIGTERM)
        process.wait(60)
    assert cluster.read("result.json")["state"] == "cancelled"
