"""A standalone cluster in containers of an image of the kind `spark`, on a network of its own."""

from collections.abc import Iterator

import pytest

from support.engines import Engine
from support.ferry import Ferry, wait
from support.fleet_images import Yard
from support.standalone import HERE, THERE, Standalone, call, joined_network, workers_alive

SPARK_CLASS = "/opt/spark/bin/spark-class"
UI = f"http://{THERE}:8080"


@pytest.fixture(scope="module")
def lake(docker: Engine, spark_in_docker: str) -> Iterator[Standalone]:
    """A master and a worker in two containers that share a network of their own."""
    holder = docker.start("--entrypoint", "sleep", spark_in_docker, "3600")
    started = [holder]
    try:
        pid = docker("inspect", "--format", "{{.State.Pid}}", holder)
        joined_network("sfd", pid)
        inside = ("nsenter", "--target", pid, "--net", "ip")
        call(*inside, "addr", "add", f"{THERE}/24", "dev", "sfdc")
        call(*inside, "link", "set", "sfdc", "up")
        for role, arguments in {
            "master.Master": ("--port", "7077", "--webui-port", "8080"),
            "worker.Worker": ("--webui-port", "8081", "--cores", "2", "--memory", "1100m"),
        }.items():
            tail = ("--work-dir", "/tmp/work", f"spark://{THERE}:7077") if "Worker" in role else ()
            started.append(
                docker.start(
                    *("--env", f"SPARK_LOCAL_HOSTNAME={THERE}"),
                    *("--entrypoint", SPARK_CLASS, spark_in_docker),
                    *(f"org.apache.spark.deploy.{role}", "--host", THERE, *arguments, *tail),
                    network=f"container:{holder}",
                )
            )
        said = docker.attempt("logs", started[-1]).stderr
        assert wait(lambda: workers_alive(UI), 60), said
        yield Standalone(f"spark://{THERE}:7077", UI, None)
    finally:
        docker.remove(*reversed(started))


@pytest.fixture
def user(lake: Standalone, yard: Yard, tmp_path) -> Iterator[Ferry]:
    settings = (*lake.settings, "spark-conf={'spark.sql.shuffle.partitions'=4}")
    user = yard.ferry.with_(*settings, state=tmp_path / "state")
    yield user
    user.no_process_left()


def test_the_flights_job_runs_on_the_containers(user: Ferry):
    run = user.outcome("flights", "--run-id", "lake-flights")
    assert run["result"]["flights"] == 336776
    log = user("logs", "lake-flights", "--executor", "0").stdout
    assert f"CoarseGrainedScheduler@{HERE}:" in log
    assert "/tmp/work/" in log
