"""The native request of the embedded target, as `sparkferry render` prints it."""

from pathlib import Path

import pytest

from sparkferry.layers.cache import Cache
from sparkferry.project.model import LocalTarget
from sparkferry.targets.local.target import EmbeddedTarget
from support.plans import make_layers, make_plan

GOLDEN = Path(__file__).parent


@pytest.mark.parametrize("workers", [0, 2])
def test_the_request(workers, monkeypatch, tmp_path):
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
    request = EmbeddedTarget(target, Cache(tmp_path)).render(plan)
    assert request.media_type == "text/x-shellscript"
    assert request.text == (GOLDEN / f"spark_submit_{workers}_workers.sh").read_text()
    assert request.value["conf"]["spark.sql.shuffle.partitions"] == "4"
