import os

import pytest

from sparkferry.base.cache import Cache
from sparkferry.carriers.api import PublishedLayer
from sparkferry.env import Env
from sparkferry.errors import ExternalError, UserError
from sparkferry.layers.model import Layer
from sparkferry.project.kinds.local import LocalTarget
from sparkferry.spark.installation import find_installation
from sparkferry.targets.local.client import LocalClient
from sparkferry.targets.local.installation import wanted_by
from sparkferry.targets.local.kind import LocalKind
from sparkferry.targets.supervise.located import layers_here
from support.plans import make_plan

LAYER = PublishedLayer(kind="code", digest="c" * 64, size=3, uri="file:///my%20store/code.zip")


def test_layers_of_a_directory_are_read_where_they_are(tmp_path):
    plan, env = make_plan(store=str(tmp_path), layers=(LAYER,)), Env(cache=Cache(), environ={})
    with pytest.raises(
        ExternalError, match=r"could not read the layer `.*/c+/code\.zip`: it is not"
    ):
        list(layers_here(plan, env))
    path = tmp_path / LAYER.key
    path.parent.mkdir(parents=True)
    path.write_bytes(b"zip")
    assert list(layers_here(plan, env)) == [Layer(kind="code", digest="c" * 64, size=3, path=path)]


def test_an_own_spark_home_is_used_as_it_is(tmp_path, monkeypatch):
    for name in ("spark/bin/spark-submit", "spark/jars/spark-core_2.12-3.5.1.jar", "jdk/bin/java"):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).touch(0o755)
    (tmp_path / "jdk/release").write_text('JAVA_VERSION="17.0.1"')
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "jdk"))
    settings = LocalTarget(spark_home=str(tmp_path / "spark"))
    found = find_installation(
        wanted_by(settings, "3.5.9"), Env(cache=Cache(tmp_path / "cache"), environ=os.environ)
    )
    assert (found.home.version, found.java.feature, found.class_data) == ("3.5.1", 17, None)


def test_a_run_is_started_once(tmp_path, monkeypatch):
    monkeypatch.setenv("SPARKFERRY_STATE_DIR", str(tmp_path))
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "jdk"))
    env = Env(cache=Cache(tmp_path), environ={})
    client = LocalClient(LocalTarget(spark_home=str(tmp_path)), env)
    with pytest.raises(UserError, match="as SPARK_HOME"):
        client.submit(LocalKind().request(make_plan()), {}, lambda *_: None, attached=True)
    assert not (tmp_path / "runs").exists()
