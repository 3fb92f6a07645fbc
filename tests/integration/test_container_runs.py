"""Runs in containers of the project's image: a cluster in Docker, and in Podman what Dataproc will run."""

import json
import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.cli import Cli, wait
from support.engines import Engine
from support.project_images import ProjectImages

PROD = ("--tier", "prod")
CONTAINERS = "sparkferry-"
LOOK = """
import os, sys
print("LOOK", os.getuid(), open("/data/told.txt").read(), os.path.exists("/data/../run/secrets"))
print("CODE", __file__, sys.argv[1:])
try:
    open("/data/mine", "w")
except OSError as error:
    print("REFUSED", error.strerror)
"""


def containers(engine: Engine) -> list[str]:
    names = engine("ps", "--all", "--format", "{{.Names}}").split()
    return [name for name in names if name.startswith(CONTAINERS)]


def images(engine: Engine) -> set[str]:
    return set(engine("images", "--quiet", "localhost/sparkferry/voyage").split())


def no_container_left(engine: Engine) -> None:
    assert wait(lambda: not containers(engine) or None, 30), containers(engine)


@pytest.fixture(scope="module")
def image_project(
    docker: Engine, spark_in_docker: str, project_images: ProjectImages
) -> Iterator[Cli]:
    """The user of Docker. The layers of his image are there already: it was loaded by another name."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DOCKER_HOST", f"unix://{docker.root}/socket")
        patch.setenv("PATH", f"/usr/bin{os.pathsep}{os.environ['PATH']}")
        settings = ("targets.local.container=docker", "targets.local.driver-memory=512m")
        yield project_images.cli.with_(*settings, "spark-conf={'spark.sql.shuffle.partitions'=4}")
        no_container_left(docker)


@pytest.fixture(scope="module")
def served(podman: Engine, project_images: ProjectImages) -> Iterator[Cli]:
    """The user of Podman, whose image is that for Dataproc: Spark and Java are mounted."""
    with pytest.MonkeyPatch.context() as patch:
        for name, path in podman.configuration().items():
            patch.setenv(name, str(path))
        kind = 'targets.local.image={kind="dataproc"}'
        yield project_images.cli.with_(
            "targets.local.container=podman", "targets.local.workers=0", kind
        )
        no_container_left(podman)


def test_the_flights_job_on_a_cluster_of_containers(image_project: Cli, docker: Engine):
    built = image_project("image build --json", *PROD).json
    done = image_project("run flights --json", *PROD).json
    assert (done["state"], done["result"]["flights"]) == ("succeeded", 336_776)
    assert done["warnings"] == []
    no_container_left(docker)

    told = image_project("status --json", done["run_id"]).json
    image = told["plan"]["image"]
    assert image["digest"] == built["digest"]
    assert image["name"] == f"localhost/sparkferry/voyage:{built['digest'].removeprefix('sha256:')}"
    assert (image["kind"], image["has_code"]) == ("spark", True)
    assert [layer["kind"] for layer in told["plan"]["layers"]] == ["code"]
    assert f"image           {built['digest']}" in image_project("status", done["run_id"]).stdout
    driver = image_project("logs", done["run_id"]).stdout
    assert "/opt/spark/jars" in driver or "Spark" in driver
    store = image_project.root / ".sparkferry/store"
    assert len(list(store.glob(f"runs/*/{done['run_id']}/logs/executors/*/stderr"))) == 2


def test_every_executor_has_what_is_in_the_image_and_a_rerun_too(image_project: Cli):
    one = image_project.with_("targets.local.workers=1")
    first = one("probe --json", *PROD).json
    result = first["result"]
    assert (len(result["executors"]), result["mismatches"]) == (1, [])
    for facts in (result["driver"], *result["executors"].values()):
        assert facts["executable"] == "/opt/sparkferry/python/bin/python3"
    again = image_project("rerun --json", first["run_id"]).json
    assert again["state"] == "succeeded"
    changes = image_project("diff --json", first["run_id"], again["run_id"]).json["changes"]
    assert [change for change in changes if change["section"] != "result"] == []


@pytest.fixture
def changed(image_project: Cli, tmp_path: Path) -> Cli:
    """The same user, with code of his own, in one process; images of the tier `dev` have no code."""
    root = tmp_path / "voyage"
    shutil.copytree(image_project.root, root, ignore=shutil.ignore_patterns(".sparkferry"))
    (root / "look.py").write_text(LOOK)
    (root / "data").mkdir()
    (root / "data/told.txt").write_text("hello")
    mounted = 'targets.local.volumes=["data:/data:ro"]'
    own = Cli(root, image_project.cache, tmp_path / "state", image_project.overrides)
    return own.with_("jobs.look.script=look.py", mounted, "targets.local.workers=0")


def test_code_comes_by_volume_where_the_image_has_none(changed: Cli, docker: Engine):
    run = changed("run look", "--", "a b", "ü").run
    said = changed("logs", run).stdout
    assert "LOOK 185 hello False" in said
    assert "CODE /opt/sparkferry/code/look.py ['a b', 'ü']" in said
    assert "REFUSED Read-only file system" in said
    before = images(docker)
    (changed.root / "look.py").write_text("raise ValueError('no such flight')")
    failed = changed("run look", code=1)
    assert "ValueError: no such flight" in failed.stderr
    assert images(docker) == before
    outputs = changed.root / ".sparkferry/store/outputs"
    assert not [path for path in outputs.rglob("*") if path.name in {run, failed.run}]


BESIDE = """
from pyspark.sql import SparkSession
import helpers

numbers = SparkSession.builder.getOrCreate().sparkContext.parallelize(range(4), 2)
print("TOTAL", numbers.map(helpers.twice).sum())
"""


@pytest.mark.parametrize("workers", [0, 2])
def test_executors_in_containers_find_what_lies_beside_a_script(changed: Cli, workers: int):
    (changed.root / "jobs").mkdir()
    (changed.root / "jobs/etl.py").write_text(BESIDE)
    (changed.root / "jobs/helpers.py").write_text("def twice(n):\n    return 2 * n\n")
    user = changed.with_("jobs.etl.script=jobs/etl.py", f"targets.local.workers={workers}")
    assert "TOTAL 12\n" in user("logs", user("run etl").run).stdout


def test_a_killed_client_leaves_no_container(changed: Cli, docker: Engine):
    (changed.root / "look.py").write_text("import time; print('up', flush=True); time.sleep(600)")
    process = changed.start("run", "look")
    name = wait(lambda: next(iter(containers(docker)), None))
    process.kill()
    process.communicate()
    no_container_left(docker)
    run = (name or "").removeprefix(CONTAINERS).rpartition("-")[0]
    assert changed("status --json", run).json["state"] == "lost"
    changed.no_process_left()


def test_a_cancelled_run_and_a_killed_supervisor_leave_no_container(changed: Cli, docker: Engine):
    (changed.root / "look.py").write_text("import time; print('up', flush=True); time.sleep(600)")
    first, second = (changed("run look --detach").run for _ in range(2))
    assert wait(lambda: len(containers(docker)) == 2 or None)
    assert wait(lambda: "up" in changed("logs", first).stdout or None)
    changed("cancel", first)
    assert changed("status --json", first).json["state"] == "cancelled"
    pid = int((changed.state / f"runs/{second}/supervisor.pid").read_text())
    os.kill(pid, signal.SIGKILL)
    told = changed("status --json", second).json
    assert (told["state"], told["reason"]) == ("lost", "its supervisor was killed")
    no_container_left(docker)


def test_images_of_old_runs_are_cleared_away(changed: Cli, docker: Engine, tmp_path: Path):
    run = changed("run look", "--", "a").run
    name = changed("status --json", run).json["plan"]["image"]["name"]
    # What this empties as well is a cache of its own.
    tidy = changed.with_(cache=tmp_path / "cache")
    assert name not in tidy("gc --json --dry-run").json["images"]
    assert name in tidy("gc --json --days 0 --dry-run").json["images"]
    assert docker("image", "inspect", name)
    assert f"deleted {name}" in tidy("gc", "--days", "0").stderr
    assert docker.attempt("image", "inspect", name).returncode


def test_an_image_that_is_gone_is_told(changed: Cli, docker: Engine):
    run = changed("run look", "--", "a").run
    name = changed("status --json", run).json["plan"]["image"]["name"]
    docker("rmi", "--no-prune", name)
    said = changed("rerun", run, code=3).stderr
    assert f"could not start containers of `{name}`: docker does not have the image" in said
    assert "hint: run the job again" in said
    assert [*(changed.root / ".sparkferry/store/outputs").glob("*/*")] == []


def test_podman_runs_what_dataproc_will_run(served: Cli, podman: Engine):
    done = served("run pi --json", *PROD).json
    assert done["state"] == "succeeded"
    told = served("status --json", done["run_id"]).json
    assert (told["plan"]["image"]["kind"], told["plan"]["image"]["user"]) == (
        "dataproc",
        "1099:1099",
    )
    request = served("render pi", *PROD).stdout
    assert request.startswith("podman run")
    assert "$SPARK_HOME:$SPARK_HOME:ro" in request
    assert json.dumps(done["result"])
    no_container_left(podman)
