import pytest

from sparkferry.base.cache import Cache
from sparkferry.env import Env
from sparkferry.project.kinds.standalone import StandaloneTarget
from sparkferry.project.model import Project, Settings
from sparkferry.spark.connectors import connector_jars
from sparkferry.targets.standalone.check import check_standalone
from sparkferry.targets.standalone.kind import StandaloneKind
from support.plans import make_layers


@pytest.mark.parametrize(
    ("scheme", "line", "jars"),
    [
        ("s3", "3.5", "org.apache.hadoop:hadoop-aws:3.3.4"),
        ("s3", "4.0", "org.apache.hadoop:hadoop-aws:3.4.1"),
        ("az", "4.1", "org.apache.hadoop:hadoop-azure:3.4.2"),
        ("gs", "4.0", "com.google.cloud.bigdataoss:gcs-connector:hadoop3-2.2.26"),
    ],
)
def test_coordinates(scheme, line, jars):
    assert connector_jars(scheme, line) == jars


def warnings(tmp_path, store: str, **conf: str) -> list[str]:
    target = StandaloneTarget(master="spark://127.0.0.1:1", store=store, spark_conf=conf)
    project = Project(
        root=tmp_path,
        name="demo",
        requires_python=">=3.11",
        dependencies=(),
        tier="dev",
        settings=Settings(spark="4.0", target="cluster", targets={"cluster": target}),
        origins={},
    )
    env = Env(cache=Cache(tmp_path), environ={})
    found = check_standalone(project, target, env)
    return [f"{x.message} {x.hint}" for x in found if x.severity == "warning"]


def test_check_knows_the_connector_that_spark_needs(tmp_path):
    [said] = warnings(tmp_path, "s3://team/flights")
    assert "the output location is in `s3://`" in said
    assert 'spark-conf."spark.jars.packages" = "org.apache.hadoop:hadoop-aws:3.4.1"' in said
    given = {"spark.jars.packages": "org.apache.hadoop:hadoop-aws:3.4.1"}
    assert warnings(tmp_path, "s3://team/flights", **given) == []
    assert warnings(tmp_path, "hdfs://nameservice/flights") == []
    [said] = warnings(tmp_path, "store")
    assert "a directory of the driver's machine" in said


@pytest.mark.parametrize(
    ("settings", "begins"),
    [
        ({}, "file://"),
        ({"shared_store": True}, "s3a://team/flights/layers/"),
        ({"store_url": "http://files/x"}, "http://files/x/layers/"),
    ],
)
def test_where_executors_read_layers_of_a_store_elsewhere(tmp_path, settings, begins):
    target = StandaloneTarget(master="spark://a:1", store="s3://team/flights", **settings)
    project = Project(
        root=tmp_path,
        name="demo",
        requires_python=">=3.11",
        dependencies=(),
        tier="dev",
        settings=Settings(spark="4.0", target="cluster", targets={"cluster": target}),
        origins={},
    )
    keys = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}
    env = Env(cache=Cache(tmp_path), environ=keys)
    carrier = StandaloneKind().carrier(project, target, env)
    for layer in carrier.relocate(make_layers()):
        assert layer.uri.startswith(begins)
        assert layer.uri.endswith(layer.key)
