"""With a Spark whose scripts do what the virtual machine would: write the archives they are asked for."""

import os
from pathlib import Path

import pytest

from sparkferry.base.cache import Cache
from sparkferry.env import Env
from sparkferry.spark.class_data import ClassData, find_class_data, make_class_data
from sparkferry.spark.distribution import SparkHome
from sparkferry.spark.java import Java

JAVA = Java(home=Path("/jdk"), build="17.0.1+1", feature=17)
OLD = Java(home=Path("/jdk"), build="11.0.1", feature=11)
SUBMIT = """#!/bin/bash
echo "$@" >> "$SPARK_HOME/calls"
for option in $SPARK_SUBMIT_OPTS $SPARK_LAUNCHER_OPTS; do
    case $option in -XX:ArchiveClassesAtExit=*) echo data > "${option#*=}";; esac
done
exit ${CODE:-0}
"""


@pytest.fixture
def home(tmp_path) -> SparkHome:
    path = tmp_path / "spark"
    (path / "bin").mkdir(parents=True)
    (path / "jars").mkdir()
    (path / "jars/spark-core_2.13-4.0.5.jar").write_text("jar")
    (path / "bin/spark-submit").write_text(SUBMIT)
    (path / "bin/spark-submit").chmod(0o755)
    return SparkHome(path=path, version="4.0.5")


@pytest.fixture
def cache(tmp_path) -> Cache:
    return Cache(tmp_path / "cache")


def calls(home: SparkHome) -> list[str]:
    path = home.path / "calls"
    return path.read_text().splitlines() if path.exists() else []


def test_it_is_made_once_and_found_afterwards(home, cache):
    assert find_class_data(home, JAVA, cache) is None
    made = make_class_data(home, JAVA, Env(cache=cache, environ=os.environ))
    assert made.spark
    assert made.launcher
    assert made.spark.read_text() == made.launcher.read_text() == "data\n"
    assert (
        make_class_data(home, JAVA, Env(cache=cache, environ=os.environ))
        == find_class_data(home, JAVA, cache)
        == made
    )
    assert len(calls(home)) == 1
    assert [path.name for path in made.spark.parent.iterdir() if path.is_dir()] == []


def test_it_is_made_by_a_typical_job_on_our_own_python(home, cache):
    make_class_data(home, JAVA, Env(cache=cache, environ=os.environ))
    [call] = calls(home)
    assert "--master local[2]" in call
    assert "class_data_job.py" in call


def test_another_build_of_java_and_other_jars_need_their_own(home, cache):
    make_class_data(home, JAVA, Env(cache=cache, environ=os.environ))
    newer = Java(home=Path("/jdk"), build="17.0.2+1", feature=17)
    assert find_class_data(home, newer, cache) is None
    (home.path / "jars/extra.jar").write_text("jar")
    assert find_class_data(home, JAVA, cache) is None


def test_a_java_that_cannot_is_not_asked_twice(home, cache):
    assert make_class_data(home, OLD, Env(cache=cache, environ=os.environ)) == ClassData()
    assert find_class_data(home, OLD, cache) == ClassData()
    assert calls(home) == []


def test_what_a_failed_run_has_written_is_not_used(home, cache, monkeypatch):
    monkeypatch.setenv("CODE", "1")
    assert make_class_data(home, JAVA, Env(cache=cache, environ=os.environ)) == ClassData()


def test_an_archive_that_lost_its_end_is_not_used(home, cache):
    made = make_class_data(home, JAVA, Env(cache=cache, environ=os.environ))
    assert made.spark
    made.spark.chmod(0o644)
    made.spark.write_bytes(made.spark.read_bytes()[:-1])
    assert find_class_data(home, JAVA, cache) == ClassData(launcher=made.launcher)


def test_a_path_with_spaces_is_not_given_to_the_launcher(home, tmp_path):
    made = make_class_data(home, JAVA, Env(cache=Cache(tmp_path / "my cache"), environ=os.environ))
    assert made.launcher is None


def test_a_spark_that_writes_none_is_not_asked_twice(home, cache):
    (home.path / "bin/spark-submit").write_text("#!/bin/sh\necho x >> $SPARK_HOME/calls\n")
    assert make_class_data(home, JAVA, Env(cache=cache, environ=os.environ)) == ClassData()
    assert make_class_data(home, JAVA, Env(cache=cache, environ=os.environ)) == ClassData()
    assert len(calls(home)) == 1
