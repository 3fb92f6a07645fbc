"""A standalone cluster in containers of an image of the kind `spark`, on a network of its own."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from support.cli import Cli, wait
from support.engines import Engine
from support.networks import network
from support.project_images import ProjectImages
from support.standalone import Standalone, workers_alive

SPARK_CLASS = "/opt/spark/bin/spark-class"


@pytest.fixture(scope="module")
def lake(docker: Engine, spark_in_docker: str) -> Iterator[Standalone]:
    """A master and a worker in two containers that share a network of their own."""
    with ExitStack() as stack:
        holder = docker.start("--entrypoint", "sleep", spark_in_docker, "3600")
        stack.callback(docker.remove, holder)
        pid = docker("inspect", "--format", "{{.State.Pid}}", holder)
        found = Standalone(stack.enter_context(network(int(pid))), None)
        there = found.network.there
        for role, arguments in {
            "master.Master": ("--port", "7077", "--webui-port", "8080"),
            "worker.Worker": ("--webui-port", "8081", "--cores", "2", "--memory", "1100m"),
        }.items():
            tail = ("--work-dir", "/tmp/work", found.master) if "Worker" in role else ()
            started = docker.start(
                *("--env", f"SPARK_LOCAL_HOSTNAME={there}"),
                *("--entrypoint", SPARK_CLASS, spark_in_docker),
                *(f"org.apache.spark.deploy.{role}", "--host", there, *arguments, *tail),
                network=f"container:{holder}",
            )
            stack.callback(docker.remove, started)
        said = docker.attempt("logs", started).stderr
        assert wait(lambda: workers_alive(found.ui), 60), said
        yield found


@pytest.fixture
def user(lake: Standalone, project_images: ProjectImages, tmp_path) -> Iterator[Cli]:
    settings = (*lake.settings, "spark-conf={'spark.sql.shuffle.partitions'=4}")
    user = project_images.cli.with_(*settings, state=tmp_path / "state")
    yield user
    user.no_process_left()


def test_the_flights_job_runs_on_the_containers(user: Cli, lake: Standalone):
    run = user.outcome("flights", "--run-id", "lake-flights")
    assert run["result"]["flights"] == 336776
    log = user("logs", "lake-flights", "--executor", "0").stdout
    assert f"CoarseGrainedScheduler@{lake.network.here}:" in log
    assert "/tmp/work/" in log
