"""What containers are given of this machine; whether they run is `integration/test_container_runs.py`."""

import os
import stat
import zipfile
from pathlib import Path

import msgspec
import pytest

from sparkferry.base.cache import Cache
from sparkferry.carriers.api import PublishedLayer, layer_key
from sparkferry.carriers.container_engine import Engine, engine_environ
from sparkferry.env import Env
from sparkferry.errors import ExternalError
from sparkferry.project.kinds.local import LocalTarget
from sparkferry.spark.distribution import SparkHome
from sparkferry.spark.installation import Installation
from sparkferry.spark.java import Java
from sparkferry.targets.local.containers import container_of, container_session, prepare
from sparkferry.targets.local.installation import installation_of
from sparkferry.targets.plan import Plan
from sparkferry.targets.supervise.directory import RunDirectory
from sparkferry.targets.supervise.located import layers_here
from support.plans import make_plan, make_run_image

ENV = Env(cache=Cache(Path("nowhere")), environ={})
IMAGE = make_run_image()
SERVED = msgspec.structs.replace(IMAGE, kind="dataproc", spark_home=None, java_home=None, java=None)


@pytest.fixture
def run(tmp_path) -> RunDirectory:
    made = RunDirectory(tmp_path / "runs/flights-1")
    for path in (made.report, made.work, made.temporary):
        path.mkdir(parents=True)
    return made


@pytest.fixture
def plan(tmp_path) -> Plan:
    code = tmp_path / "store" / layer_key("code", "c" * 64)
    code.parent.mkdir(parents=True)
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("flights/__init__.py", "")
    layer = PublishedLayer(kind="code", digest="c" * 64, size=1, uri=f"file://{code}")
    target = LocalTarget(container="podman", volumes=("/my/data:/data:ro", "/tmp:/scratch"))
    output = f"file://{tmp_path}/store/outputs/flights-1"
    store = str(tmp_path / "store")
    return make_plan(target=target, layers=(layer,), output=output, image=IMAGE, store=store)


@pytest.fixture
def mine(monkeypatch):
    """A user without rights, whose number is not the image's."""
    monkeypatch.setattr(os, "getuid", lambda: 1000)
    monkeypatch.setattr(os, "getgid", lambda: 100)


def brought(plan: Plan, tmp_path: Path) -> Installation:
    settings = msgspec.structs.replace(plan.target, container="docker")
    return installation_of(plan, settings, Env(cache=Cache(tmp_path / "cache"), environ={}))


def test_spark_and_java_are_the_images(plan, tmp_path):
    found = brought(plan, tmp_path)
    assert (str(found.home.path), str(found.java.home)) == ("/opt/spark", "/usr/lib/jvm/java-17")
    assert found.class_data is None


def test_containers_see_what_they_write_the_code_and_the_volumes(plan, run, tmp_path, mine):
    container = container_of(plan, IMAGE, run, brought(plan, tmp_path))
    assert container.user == "1000:100"
    assert container.options == ("--group-add", "0", "--userns", "keep-id")
    output = f"{tmp_path}/store/outputs/flights-1"
    own = [run.cluster, run.executors.path, run.home, run.report, run.temporary, run.work]
    assert sorted(map(str, container.mounts)) == sorted(
        [
            *(f"{path}:{path}" for path in own),
            f"{output}:{output}",
            f"{run.environment}/code:/opt/sparkferry/code:ro",
            f"{run.passwd}:/etc/passwd:ro",
            "/my/data:/data:ro",
            "/tmp:/scratch",
        ]
    )


def test_what_the_supervisor_obeys_is_out_of_their_reach(plan, run, tmp_path, mine):
    mounts = container_of(plan, IMAGE, run, brought(plan, tmp_path)).mounts
    assert str(run.path) not in {mount.source for mount in mounts}


def test_code_of_the_image_is_not_mounted(plan, run, tmp_path, mine):
    whole = msgspec.structs.replace(IMAGE, has_code=True)
    mounts = container_of(plan, whole, run, brought(plan, tmp_path)).mounts
    assert "/opt/sparkferry/code" not in {mount.target for mount in mounts}


def test_root_starts_them_as_the_images_user(plan, run, tmp_path, monkeypatch):
    monkeypatch.setattr(os, "getuid", lambda: 0)
    container = container_of(plan, IMAGE, run, brought(plan, tmp_path))
    assert (container.user, container.options) == ("185:0", ())
    assert "/etc/passwd" not in {mount.target for mount in container.mounts}


def test_spark_and_java_of_this_machine_are_mounted_as_a_service_does(plan, run, tmp_path, mine):
    for name in ("spark/jars", "jdk/bin", "etc/java"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "etc/java/security").touch()
    (tmp_path / "jdk/security").symlink_to(tmp_path / "etc/java/security")
    installation = Installation(
        home=SparkHome(path=tmp_path / "spark", version="4.0.5"),
        java=Java(home=tmp_path / "jdk", build="17", feature=17),
        class_data=None,
    )
    mounts = set(map(str, container_of(plan, SERVED, run, installation).mounts))
    paths = [tmp_path / name for name in ("spark", "jdk", "etc/java")]
    assert {f"{path}:{path}:ro" for path in paths} <= mounts


def test_code_output_and_a_name_are_laid_out(plan, run, tmp_path, mine):
    prepare(plan, tuple(layers_here(plan, ENV)), run)
    assert (run.environment / "code/flights/__init__.py").is_file()
    assert (tmp_path / "store/outputs/flights-1").is_dir()
    assert "spark:x:1000:100:" in run.passwd.read_text()
    assert stat.S_ISDIR(run.cluster.stat().st_mode)


def test_an_output_elsewhere_is_a_directory_that_is_sent(plan, run, tmp_path, mine):
    far = msgspec.structs.replace(plan, output="gs://bucket/outputs/x")
    prepare(far, tuple(layers_here(plan, ENV)), run)
    mounts = {
        mount.target for mount in container_of(far, IMAGE, run, brought(plan, tmp_path)).mounts
    }
    assert run.output.is_dir()
    assert str(run.output) in mounts


def test_an_image_that_is_gone_is_told_before_anything_starts(
    plan, run, tmp_path, monkeypatch, mine
):
    monkeypatch.setattr(Engine, "holds", lambda self, name: False)
    monkeypatch.setattr(Engine, "check", lambda self: None)
    with pytest.raises(ExternalError, match="podman does not have the image") as caught:
        container_session(plan, IMAGE, run, msgspec.UNSET, brought(plan, tmp_path))
    assert caught.value.hint == "run the job again: its image is built and loaded anew"


def test_an_engine_that_is_not_installed_is_told(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ExternalError, match="could not start `podman`"):
        Engine("podman").check()


def test_an_engine_that_does_not_answer_or_refuses_an_image_is_told(monkeypatch, tmp_path):
    program = tmp_path / "docker"
    program.write_text("#!/bin/sh\ncat >/dev/null\necho no space left >&2\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    with pytest.raises(ExternalError, match="could not ask `docker`: no space left"):
        Engine("docker").check()
    with pytest.raises(ExternalError, match="could not load the image into docker: no space left"):
        Engine("docker").load("localhost/sparkferry/flights:12", [b"archive"])


def test_engines_are_told_where_they_are_and_nothing_else():
    environ = {"DOCKER_HOST": "unix:///x", "DOCKER_AUTH_CONFIG": "secret", "PATH": "/bin", "X": "1"}
    assert engine_environ(environ) == {"DOCKER_HOST": "unix:///x", "PATH": "/bin"}
