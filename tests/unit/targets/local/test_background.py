"""With a Spark whose scripts write the archives that they are asked for, after some time."""

import os
from pathlib import Path

import pytest

from sparkferry.base.cache import Cache
from sparkferry.env import Env
from sparkferry.spark.class_data import find_class_data
from sparkferry.spark.distribution import SparkHome
from sparkferry.spark.java import Java
from sparkferry.targets.local.background import Work, main, make_class_data_later
from sparkferry.targets.supervise.records import encode
from sparkferry.targets.supervise.session import exit_of, is_alive
from sparkferry.targets.supervise.waiting import wait_for

SUBMIT = """#!/bin/bash
echo call >> "$SPARK_HOME/calls"
sleep 0.3
for option in $SPARK_SUBMIT_OPTS; do
    case $option in -XX:ArchiveClassesAtExit=*) echo data > "${option#*=}";; esac
done
"""


@pytest.fixture
def work(tmp_path, monkeypatch) -> Work:
    monkeypatch.setenv("SPARKFERRY_STATE_DIR", str(tmp_path / "state"))
    path = tmp_path / "spark"
    (path / "bin").mkdir(parents=True)
    (path / "jars").mkdir()
    (path / "bin/spark-submit").write_text(SUBMIT)
    (path / "bin/spark-submit").chmod(0o755)
    home = SparkHome(path=path, version="4.0.5")
    return Work(home=home, java=Java(home=Path("/jdk"), build="17", feature=17))


def test_one_process_makes_the_archive_and_outlives_who_asked_for_it(work, tmp_path):
    cache = Cache(tmp_path / "cache")
    for _ in range(3):
        make_class_data_later(work, Env(cache=cache, environ=os.environ))
    [directory] = (tmp_path / "state/class-data").iterdir()
    assert is_alive(directory)
    assert wait_for(lambda: exit_of(directory), 30), (directory / "log").read_text()
    found = find_class_data(work.home, work.java, cache)
    assert found
    assert found.spark
    assert (work.home.path / "calls").read_text() == "call\n"


def test_the_program_does_what_it_is_told(work, tmp_path, monkeypatch):
    monkeypatch.setenv("SPARKFERRY_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr("os.nice", lambda _: 0)
    main(encode(work).decode())
    assert find_class_data(work.home, work.java, Cache(tmp_path / "cache"))
