"""The native request of the embedded target, as `sparkferry render` prints it."""

from pathlib import Path

import pytest

from sparkferry.project.kinds.local import LocalTarget
from sparkferry.targets.local.kind import LocalKind
from support.plans import make_layers, make_plan, make_run_image

JVM = "/usr/lib/jvm/java-17-openjdk"
GOLDEN = Path(__file__).parent


@pytest.mark.parametrize("workers", [0, 2])
def test_the_request(workers, monkeypatch):
    monkeypatch.setenv("SPARKFERRY_STATE_DIR", "/state")
    target = LocalTarget(workers=workers, memory="2g")
    conf = {"spark.sql.shuffle.partitions": "4", "spark.executor.extraJavaOptions": "-Da='b c'"}
    plan = make_plan(
        target=target,
        layers=make_layers(),
        spark_conf=conf,
        sets={"month": "it's 1"},
        argv=("a\nb",),
    )
    request = LocalKind().request(plan)
    assert request.media_type == "text/x-shellscript"
    assert request.text == (GOLDEN / f"spark_submit_{workers}_workers.sh").read_text()
    assert request.data()["conf"]["spark.sql.shuffle.partitions"] == "4"


def test_the_request_in_a_container(monkeypatch):
    monkeypatch.setenv("SPARKFERRY_STATE_DIR", "/state")
    monkeypatch.setattr("os.getuid", lambda: 1000)
    monkeypatch.setattr("os.getgid", lambda: 1000)
    image = make_run_image(
        name=f"localhost/sparkferry/flights:{'e' * 64}", has_code=True, java_home=f"{JVM}-amd64"
    )
    target = LocalTarget(workers=2, container="docker", volumes=("/my/data:/data:ro",))
    plan = make_plan(target=target, image=image, layers=make_layers()[-1:])
    request = LocalKind().request(plan)
    assert request.text == (GOLDEN / "docker_run.sh").read_text()
    assert request.data()["argv"][:2] == ("docker", "run")
