"""Spark's own hashes: of the lock where that names them, else of the index."""

import pytest

from sparkferry.base.cache import Cache
from sparkferry.errors import ExternalError
from sparkferry.files import sha256_file
from sparkferry.image.dockerfile.source import spark_source
from sparkferry.layers.model import Environment
from support.index_server import Index
from support.wheels import make_sdist, make_wheel

ENVIRONMENT = Environment(python="3.12.1", platform="linux/amd64", glibc=(2, 36))


@pytest.fixture(autouse=True)
def served(index: Index) -> None:
    """Serve PySpark as a source distribution, and setuptools."""
    make_sdist(index.directory, "pyspark", "4.0.5")
    make_wheel(index.directory, "setuptools", "84.0")


@pytest.fixture
def cache(tmp_path):
    return Cache(tmp_path / "cache")


def test_the_index_names_what_the_lock_does_not(laptop, cache):
    found = spark_source("4.0.5", laptop.project(), ENVIRONMENT, cache)
    archive = laptop.index.directory / "pyspark-4.0.5.tar.gz"
    tool = laptop.index.directory / "setuptools-84.0-py3-none-any.whl"
    assert (found.spark.name, found.spark.version) == ("pyspark", "4.0.5")
    assert found.spark.hashes == (f"sha256:{sha256_file(archive)}",)
    assert [(x.version, x.hashes) for x in found.tools] == [
        ("84.0", (f"sha256:{sha256_file(tool)}",))
    ]


def test_the_lock_has_the_last_word(laptop, cache):
    pin = f"pyspark==4.0.5 --hash=sha256:{'e' * 64} --hash=sha256:{'f' * 64}\n"
    laptop.project("pyspark")
    laptop.write("requirements.txt", pin)
    found = spark_source("4.0.5", laptop.project("pyspark"), ENVIRONMENT, cache)
    assert found.spark.hashes == (f"sha256:{'e' * 64}", f"sha256:{'f' * 64}")


def test_a_lock_of_another_version_or_without_hashes_has_none(laptop, cache):
    for pin in (f"pyspark==3.5.9 --hash=sha256:{'e' * 64}\n", "pyspark==4.0.5\n"):
        laptop.write("requirements.txt", pin)
        found = spark_source("4.0.5", laptop.project("pyspark"), ENVIRONMENT, cache)
        assert found.spark.hashes != (f"sha256:{'e' * 64}",)


def test_an_index_without_the_version_is_told(laptop, cache):
    with pytest.raises(ExternalError, match="could not resolve the requirements"):
        spark_source("4.0.6", laptop.project(), ENVIRONMENT, cache)
