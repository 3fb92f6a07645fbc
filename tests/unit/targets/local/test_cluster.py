"""Clusters of a Spark whose master and workers are small programs that behave like Spark's."""

import os
import stat
import sys
from pathlib import Path

import pytest

from sparkferry.errors import ExternalError
from sparkferry.progress import QUIET
from sparkferry.project.kinds.local import LocalTarget
from sparkferry.spark.class_data import ClassData
from sparkferry.spark.distribution import SparkHome
from sparkferry.spark.installation import Installation
from sparkferry.spark.java import Java
from sparkferry.targets.local import cluster
from sparkferry.targets.local.cluster import Cluster, ClusterSpec, cluster_spec
from sparkferry.targets.local.warm import (
    cluster_down,
    cluster_up,
    find_warm,
    place_of,
    summary,
    warm_clusters,
)
from sparkferry.targets.supervise.directory import clusters_dir

SPARK_CLASS = f"""#!{sys.executable}
import http.server, json, os, sys, time
from pathlib import Path

home = Path(os.environ["SPARK_HOME"])
fault = (home / "fault").read_text() if (home / "fault").exists() else ""
role = sys.argv[1].rpartition(".")[2]
if fault == f"{{role}} dies":
    sys.exit("spark.authenticate.secret=hidden: cannot bind")
(home / f"{{role}}-{{os.getpid()}}.json").write_text(json.dumps([sys.argv, dict(os.environ)]))
if role == "Worker":
    time.sleep(600)


class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        workers = 0 if fault == "nobody registers" else len(list(home.glob("Worker-*.json")))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps({{"aliveworkers": workers}}).encode())

    def log_message(self, *_):
        pass


server = http.server.HTTPServer(("127.0.0.1", 0), Page)
print("INFO Master: Starting Spark master at spark://127.0.0.1:41234", flush=True)
print(f"Successfully started service 'MasterUI' on port {{server.server_port}}.", flush=True)
server.serve_forever()
"""


@pytest.fixture
def spec(tmp_path, monkeypatch) -> ClusterSpec:
    monkeypatch.setenv("SPARKFERRY_STATE_DIR", str(tmp_path / "state"))
    program = tmp_path / "spark/bin/spark-class"
    program.parent.mkdir(parents=True)
    program.write_text(SPARK_CLASS)
    program.chmod(0o755)
    installation = Installation(
        home=SparkHome(path=tmp_path / "spark", version="4.0.5"),
        java=Java(home=Path("/jdk"), build="17.0.1", feature=17),
        class_data=ClassData(spark=Path("/cache/spark.jsa")),
    )
    return cluster_spec(LocalTarget(workers=2, cores=3, memory="2g"), installation)


@pytest.fixture
def running(spec):
    yield cluster_up(spec, QUIET)
    cluster_down(place_of(spec))


def calls(spec: ClusterSpec, role: str) -> list[str]:
    return [path.read_text() for path in spec.home.path.glob(f"{role}-*.json")]


def test_a_cluster_is_started_once_and_found(spec, running: Cluster):
    assert running.master == "spark://127.0.0.1:41234"
    assert cluster_up(spec, QUIET) == find_warm(spec) == running
    assert list(warm_clusters()) == [running]
    assert summary(running) == {
        "master": "spark://127.0.0.1:41234",
        "ui": running.ui,
        "spark": "4.0.5",
        "workers": 2,
        "cores": 3,
        "memory": "2g",
    }
    assert (len(calls(spec, "Master")), len(calls(spec, "Worker"))) == (1, 2)


def test_secrets_are_in_a_file_and_in_no_command(spec, running: Cluster):
    assert stat.S_IMODE(running.properties.stat().st_mode) == 0o600
    properties = running.properties.read_text()
    assert "spark.master.rest.enabled=false" in properties
    secret = properties.split("spark.authenticate.secret=")[1].split("\n")[0]
    for call in (*calls(spec, "Master"), *calls(spec, "Worker")):
        assert secret not in call
        assert str(running.properties) in call
        assert "SharedArchiveFile=/cache/spark.jsa" in call


def test_a_cluster_that_is_down_leaves_nothing(spec):
    running = cluster_up(spec, QUIET)
    cluster_down(running.directory)
    assert find_warm(spec) is None
    assert list(warm_clusters()) == []
    assert [path.suffix for path in clusters_dir().iterdir()] == [".lock"]
    cluster_down(running.directory)


def test_a_cluster_that_lost_a_worker_is_replaced(spec, running: Cluster):
    next(spec.home.path.glob("Worker-*.json")).unlink()
    assert find_warm(spec) is None
    for path in spec.home.path.glob("Worker-*.json"):
        path.unlink()
    assert cluster_up(spec, QUIET).ui != running.ui


def test_clusters_differ_by_size_but_not_by_how_they_are_started(spec):
    other = LocalTarget(workers=1, cores=3, memory="2g")
    base = Installation(home=spec.home, java=spec.java, class_data=None)
    assert place_of(cluster_spec(other, base)) != place_of(spec)
    same = LocalTarget(workers=2, cores=3, memory="2g", quick_compile=False)
    assert place_of(cluster_spec(same, base)) == place_of(spec)


@pytest.mark.parametrize(("fault", "name"), [("Master dies", "master"), ("Worker dies", "worker-")])
def test_what_ends_at_once_is_told_with_its_log(spec, fault, name):
    (spec.home.path / "fault").write_text(fault)
    with pytest.raises(
        ExternalError, match=rf"could not start the Spark {name}.*: it ended"
    ) as raised:
        cluster_up(spec, QUIET)
    assert "cannot bind" in raised.value.message
    assert "hidden" not in raised.value.message
    assert find_warm(spec) is None


def test_a_cluster_that_does_not_come_up_is_given_up(spec, monkeypatch):
    monkeypatch.setattr(cluster, "START_LIMIT", 0.3)
    (spec.home.path / "fault").write_text("nobody registers")
    with pytest.raises(
        ExternalError, match="could not start the Spark worker-0: it was not up after"
    ):
        cluster_up(spec, QUIET)
    assert list(warm_clusters()) == []


def test_nothing_of_the_user_reaches_the_cluster(spec, running: Cluster):
    for call in calls(spec, "Worker"):
        assert f'"HOME": "{os.environ["HOME"]}"' not in call
        assert os.environ["PATH"] not in call
