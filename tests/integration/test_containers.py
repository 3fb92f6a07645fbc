"""Containers of our images, in Docker and Podman: what the services do with them, and what users do."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from sparkferry.spark.java import find_java
from sparkferry.spark.versions import spark_line
from support.cli import wait
from support.engines import Engine
from support.project_images import ProjectImages
from support.registry_server import Registry


def at(address: str) -> tuple[str, ...]:
    """Return the options of a container with this address: all of 127.0.0.0/8 is the loopback's."""
    return ("--env", f"SPARK_LOCAL_IP={address}", "--env", f"SPARK_POD_IP={address}")


MASTER = "127.0.0.1"

NUMPY_JOB = """
from pyspark.sql import SparkSession

def look(number):
    import os, sys
    import numpy
    seed = os.environ["PYTHONHASHSEED"]
    return float(numpy.sqrt(number)), numpy.__file__, sys.executable, os.getuid(), seed

spark = SparkSession.builder.getOrCreate()
found = spark.sparkContext.parallelize([4, 9], 2).map(look).collect()
import json
print("FOUND " + json.dumps({"rows": found, "version": spark.version}))
"""

FLIGHTS_JOB = """
import json
from pyspark.sql import SparkSession
from voyage.jobs.flights import run

spark = SparkSession.builder.getOrCreate()
sparks = spark.sparkContext._jsc.sc()
delays = run(spark, partitions=4)
executors = len(sparks.statusTracker().getExecutorInfos()) - 1
print("FOUND " + json.dumps({**delays, "executors": executors}))
"""


def found(printed: str) -> dict:
    (line,) = [line for line in printed.splitlines() if line.startswith("FOUND ")]
    return json.loads(line.removeprefix("FOUND "))


@pytest.fixture(scope="module")
def dataproc_in_podman(podman: Engine, project_images: ProjectImages) -> Iterator[str]:
    image = podman("pull", "--quiet", f"oci:{project_images.layout('dataproc')}", timeout=300)
    yield image
    podman("rmi", "--force", image)


@pytest.fixture
def job(tmp_path: Path):
    """Write a script where a container of any user can read it; return the options that mount it."""

    def write(text: str) -> tuple[str, str]:
        directory = tmp_path / "job"
        directory.mkdir()
        (directory / "main.py").write_text(text)
        for path in (tmp_path, directory):
            path.chmod(0o755)
        return ("--volume", f"{directory}:/job:ro")

    return write


def test_the_service_mounts_spark_and_java_and_runs_a_job_with_numpy(
    podman: Engine, dataproc_in_podman: str, spark_home: Path, job
):
    java = find_java(spark_line("4.0"), os.environ).home.resolve()
    tree = (spark_home / "jars").resolve().parent
    settings = ((path, path) for path in Path("/etc").glob("java-*-openjdk"))
    mounts = [(tree, "/usr/lib/spark"), (java, java), *settings]
    volumes = [word for source, to in mounts for word in ("--volume", f"{source}:{to}:ro")]
    environ = ("--env", "SPARK_HOME=/usr/lib/spark", "--env", f"JAVA_HOME={java}")
    command = ("/usr/lib/spark/bin/spark-submit", "--master", "local[2]", "/job/main.py")
    told = found(
        podman.run(
            *volumes, *environ, *at(MASTER), *job(NUMPY_JOB), "--user", "1099:1099",
            dataproc_in_podman, *command, timeout=240,
        )
    )  # fmt: skip
    assert [row[0] for row in told["rows"]] == [2.0, 3.0]
    for _, numpy, python, uid, seed in told["rows"]:
        assert numpy.startswith("/opt/sparkferry/packages/numpy/")
        assert python == "/opt/sparkferry/python/bin/python3"
        assert (uid, seed) == (1099, "0")


def test_a_dataproc_image_is_what_the_service_asks_for(podman: Engine, dataproc_in_podman: str):
    script = "id; tini --version; ps -o pid=,comm= -p 1; command -v java spark-submit; ldd /bin/ps"
    said = podman.run("--user", "spark", dataproc_in_podman, "/bin/bash", "-c", script + "; true")
    assert "uid=1099(spark) gid=1099(spark)" in said
    assert "tini version" in said
    assert "1 tini" in " ".join(said.split())
    assert "/java" not in said
    assert "libjemalloc.so.2" in said


def test_a_cluster_of_containers_runs_the_flights_job(docker: Engine, spark_in_docker: str, job):
    master = docker.start(*at(MASTER), spark_in_docker, "master")
    near = f"container:{master}"
    known = ("--env", f"SPARK_MASTER_URL=spark://{MASTER}:7077")
    size = ("--env", "SPARK_WORKER_MEMORY=1g", "--env", "SPARK_WORKER_CORES=1")
    started = [master]
    try:
        wait_for_log(docker, master, "I have been elected leader")
        started += [
            docker.start(*known, *size, *at(address), spark_in_docker, "worker", network=near)
            for address in ("127.0.0.2", "127.0.0.3")
        ]
        for worker in started[1:]:
            wait_for_log(docker, worker, "Successfully registered with master")
        few = ("--conf", "spark.sql.shuffle.partitions=4")
        submit = (spark_in_docker, "submit", *few, "/job/main.py")
        driver = (*known, *at("127.0.0.4"), *job(FLIGHTS_JOB), *submit)
        told = found(docker.run(*driver, network=near, timeout=240))
        assert told["flights"] == 336_776
        assert len(told["delays"]) == 16
        assert told["executors"] == 2
        docker("stop", "--time", "30", *started, timeout=120)
        ended = docker("inspect", "--format", "{{.State.ExitCode}}", *started).split()
        assert ended == ["143"] * 3, "SIGTERM did not reach Spark"
    finally:
        docker.remove(*reversed(started))


def wait_for_log(docker: Engine, container: str, text: str) -> None:
    def look() -> bool | None:
        done = docker.attempt("logs", container)
        return True if text in done.stdout + done.stderr else None

    assert wait(look, 90), docker.attempt("logs", container)


def test_a_spark_image_runs_as_its_user_below_tini(docker: Engine, spark_in_docker: str):
    said = docker.run(
        spark_in_docker, "bash", "-c", "id -u; ps -o comm= -p 1; cat $SPARK_HOME/.spark-version"
    )
    assert said.split()[:2] == ["185", "tini"]
    assert said.split()[2].startswith("4.0.")


@pytest.mark.parametrize("kind", ["dataproc", "spark"])
def test_our_images_keep_their_promises(project_images: ProjectImages, kind: str):
    verdict = project_images.verify(project_images.layout(kind))
    assert (verdict["kind"], verdict["findings"]) == (kind, [])


def test_others_read_what_we_wrote_and_pushed(project_images: ProjectImages, registry: Registry):
    """skopeo and crane: other implementations of the same specification."""
    layout = project_images.layout("dataproc")
    told = json.loads(output("skopeo", "inspect", f"oci:{layout}"))
    assert (
        told["Digest"]
        == f"sha256:{json.loads((layout / 'index.json').read_text())['manifests'][0]['digest'][7:]}"
    )
    assert told["Labels"]["org.opencontainers.image.title"] == "voyage"
    reference = f"{registry.host}/team/voyage:test"
    pushed = project_images.cli("image push --tier prod --kind dataproc", reference).stdout.strip()
    assert pushed == f"{reference}@{told['Digest']}"
    target = f"docker://{registry.host}/team/copy:test"
    output("skopeo", "copy", "--dest-tls-verify=false", f"oci:{layout}", target)
    crane = shutil.which("crane")
    if crane is None:
        pytest.skip("crane: it is not installed")
    for name in (reference, f"{registry.host}/team/copy:test"):
        assert "PASS" in output(crane, "validate", "--insecure", "--remote", name)


def output(*argv: str) -> str:
    done = subprocess.run(argv, capture_output=True, text=True, timeout=180, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr
