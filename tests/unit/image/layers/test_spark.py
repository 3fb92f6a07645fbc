import tarfile
import zipfile
from pathlib import Path

import pytest

from sparkferry.base.cache import Cache
from sparkferry.image.layers.spark import spark_layers
from sparkferry.image.layers.spark_jars import keeps
from sparkferry.image.model import ImageLayer
from sparkferry.spark.distribution import SparkHome

VERSION = "4.0.5"


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "cache")


@pytest.fixture
def home(tmp_path: Path) -> SparkHome:
    """The parts of a pip distribution that matter, and a home of links to it as our cache has them."""
    tree = tmp_path / "pyspark"
    files = (
        "bin/spark-submit",
        "bin/spark-submit.cmd",
        "bin/sparkR",
        "bin/docker-image-tool.sh",
        "sbin/spark-daemon.sh",
        "jars/spark-core_2.13-4.0.5.jar",
        "jars/spark-hive_2.13-4.0.5.jar",
        "jars/spark-kubernetes_2.13-4.0.5.jar",
        "jars/netty-tcnative-boringssl-static-2.0.70.Final-osx-x86_64.jar",
        "jars/connect-repl/spark-connect-client-jvm_2.13-4.0.5.jar",
        "licenses/LICENSE-py4j.txt",
        "python/lib/py4j-0.10.9.9-src.zip",
        "examples/src/main/python/pi.py",
        "worker.py",
    )
    for name in files:
        path = tree / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    with zipfile.ZipFile(tree / "python/lib/pyspark.zip", "w") as archive:
        archive.writestr("pyspark/", "")
        archive.writestr("pyspark/worker.py", "worker")
        archive.writestr("pyspark/tests/test_worker.py", "test")
    home = tmp_path / "home"
    home.mkdir()
    (home / "jars").symlink_to(tree / "jars")
    return SparkHome(path=home, version=VERSION)


def members(layer: ImageLayer) -> dict[str, tarfile.TarInfo]:
    assert isinstance(layer.source, Path)
    with tarfile.open(layer.source) as archive:
        return {x.name.removeprefix("opt/spark/"): x for x in archive if not x.isdir()}


def test_jars_and_the_rest_are_layers_of_their_own(home: SparkHome, cache: Cache) -> None:
    jars, rest = spark_layers(home, (), cache)
    assert [jars.role, rest.role] == ["spark", "spark"]
    assert jars.name == "Spark 4.0.5, jars"
    assert list(members(jars)) == ["jars/spark-core_2.13-4.0.5.jar"]
    assert sorted(members(rest)) == [
        ".spark-version",
        "RELEASE",
        "bin/spark-submit",
        "licenses/LICENSE-py4j.txt",
        "python/lib/py4j-0.10.9.9-src.zip",
        "python/lib/py4j.zip",
        "python/lib/pyspark.zip",
        "python/pyspark/worker.py",
        "sbin/spark-daemon.sh",
    ]


def test_modes_and_texts(home: SparkHome, cache: Cache) -> None:
    _, rest = spark_layers(home, (), cache)
    found = members(rest)
    assert found["bin/spark-submit"].mode == found["sbin/spark-daemon.sh"].mode == 0o755
    assert found["licenses/LICENSE-py4j.txt"].mode == 0o644
    assert found["python/lib/pyspark.zip"].linkname == ".."
    assert found["python/lib/py4j.zip"].linkname == "py4j-0.10.9.9-src.zip"
    assert isinstance(rest.source, Path)
    with tarfile.open(rest.source) as archive:
        texts = [archive.extractfile(f"opt/spark/{x}") for x in ("RELEASE", ".spark-version")]
        assert [text.read() for text in texts if text] == [
            b"Spark 4.0.5 built for Hadoop 3.4.1\n",
            b"4.0.5\n",
        ]


def test_groups_are_kept_when_asked_for(home: SparkHome, cache: Cache) -> None:
    jars, _ = spark_layers(home, ("hive", "connect"), cache)
    assert sorted(members(jars)) == [
        "jars/connect-repl/spark-connect-client-jvm_2.13-4.0.5.jar",
        "jars/spark-core_2.13-4.0.5.jar",
        "jars/spark-hive_2.13-4.0.5.jar",
    ]


def test_yarn_gets_the_archive_that_it_sends(home: SparkHome, cache: Cache) -> None:
    _, rest = spark_layers(home, ("yarn",), cache)
    assert members(rest)["python/lib/pyspark.zip"].isreg()
    assert "python/pyspark/worker.py" in members(rest)


def test_they_are_made_once(home: SparkHome, cache: Cache) -> None:
    assert {layer.made for layer in spark_layers(home, (), cache)} == {"built"}
    assert {layer.made for layer in spark_layers(home, (), cache)} == {"cached"}


@pytest.mark.parametrize(
    ("jar", "groups", "kept"),
    [
        ("spark-core_2.13-4.0.5.jar", (), True),
        ("hive-storage-api-2.8.1.jar", (), True),
        ("hive-exec-2.3.10-core.jar", (), False),
        ("breeze_2.13-2.1.0.jar", (), False),
        ("breeze_2.13-2.1.0.jar", ("mllib",), True),
        ("breeze_2.13-2.1.0.jar", ("connect",), True),
        ("spark-connect_2.13-4.0.5.jar", ("mllib",), False),
        ("spark-yarn_2.13-4.0.5.jar", ("kubernetes",), False),
        ("netty-transport-native-epoll-4.1.118.Final-linux-x86_64.jar", (), True),
        ("netty-transport-native-epoll-4.1.118.Final-linux-riscv64.jar", (), False),
        ("jackson-core-2.18.6.jar", (), True),
        ("json4s-core_2.13-4.0.7.jar", (), True),
    ],
)
def test_which_jars_are_kept(jar: str, groups, kept: bool) -> None:
    assert keeps(jar, groups) is kept
