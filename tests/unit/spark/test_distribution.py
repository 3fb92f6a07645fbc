import pytest

from sparkferry.base.cache import Cache
from sparkferry.errors import ExternalError, UserError
from sparkferry.spark.distribution import own_spark_home, spark_home
from support.index_server import serving
from support.wheels import make_wheel

PYSPARK = {
    "pyspark/__init__.py": b"WHERE = 'files'\n",
    "pyspark/bin/spark-submit": b"#!/bin/sh\n",
    "pyspark/sbin/x": b"",
    "pyspark/jars/spark-core_2.13-4.0.5.jar": b"",
    "pyspark/python/lib/py4j-0.10.9.9-src.zip": b"",
    "pyspark/python/lib/pyspark.zip": b"",
}


class Heard:
    def __init__(self):
        self.messages = []

    def message(self, text):
        self.messages.append(text)


@pytest.fixture
def index(tmp_path, monkeypatch):
    make_wheel(tmp_path / "index", "pyspark", "4.0.5", files=PYSPARK)
    with serving(tmp_path / "index") as index:
        monkeypatch.setenv("UV_DEFAULT_INDEX", index.simple)
        monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "uv"))
        yield index


def test_pyspark_is_installed_once(index, tmp_path):
    cache, heard = Cache(tmp_path / "cache"), Heard()
    home = spark_home("4.0.5", cache, heard)
    assert home == spark_home("4.0.5", cache, heard)
    assert home.version == "4.0.5"
    assert heard.messages == ["installing pyspark 4.0.5 into the cache: once, about 450 MB"]
    assert own_spark_home(home.path) == home
    assert index.downloads.count("pyspark-4.0.5-py3-none-any.whl") == 1


def test_modules_are_files_in_place_of_a_zip(index, tmp_path):
    lib = spark_home("4.0.5", Cache(tmp_path / "cache")).path / "python/lib"
    assert (lib / "pyspark.zip/pyspark/__init__.py").read_text() == "WHERE = 'files'\n"
    assert (lib / "py4j-0.10.9.9-src.zip").is_file()
    assert sorted(path.name for path in (lib / "pyspark.zip").iterdir()) == ["pyspark"]


def test_a_version_that_does_not_exist_leaves_nothing(index, tmp_path):
    cache = Cache(tmp_path / "cache")
    with pytest.raises(ExternalError, match=r"could not install `pyspark==4\.0\.99`") as raised:
        spark_home("4.0.99", cache)
    assert "spark-home" in (raised.value.hint or "")
    assert cache.find_directory("spark", "4.0.99") is None


def test_an_installation_of_the_users_own_tells_its_version(tmp_path):
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/spark-submit").touch()
    with pytest.raises(UserError, match=r"there is no `jars/spark-core_\*\.jar` in it"):
        own_spark_home(tmp_path)
    (tmp_path / "jars").mkdir()
    (tmp_path / "jars/spark-core_2.12-3.5.1.jar").touch()
    assert own_spark_home(tmp_path).version == "3.5.1"


def test_what_is_no_spark_is_refused(tmp_path):
    with pytest.raises(UserError, match="there is no `bin/spark-submit` in it"):
        own_spark_home(tmp_path)
