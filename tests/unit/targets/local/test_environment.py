import os
from pathlib import Path

import pytest

from sparkferry.errors import ExternalError
from sparkferry.spark.distribution import SparkHome
from sparkferry.spark.java import Java
from sparkferry.targets.local.environment import NEEDED, daemon_environ, make_tools


def test_the_path_of_executors_leads_to_no_python(tmp_path):
    make_tools(tmp_path / "tools")
    there = {path.name for path in (tmp_path / "tools").iterdir()}
    assert there >= set(NEEDED)
    assert not {name for name in there if name.startswith(("python", "pip", "uv", "conda"))}


def test_a_machine_without_the_tools_is_an_error(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ExternalError, match="could not find `bash`"):
        make_tools(tmp_path / "tools")


def test_nothing_of_the_users_environment_reaches_executors(monkeypatch):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    home = SparkHome(path=Path("/spark"), version="4.0.5")
    java = Java(home=Path("/jdk"), build="17", feature=17)
    environ = daemon_environ(home, java, Path("/tools"), Path("/tmp"), ("-Da=1", "-Db=2 3"))
    assert environ["PATH"] == "/tools"
    assert environ["PYTHONHASHSEED"] == "0"
    assert environ["SPARK_DAEMON_JAVA_OPTS"] == '-Da=1 "-Db=2 3"'
    assert environ["HOME"] == "/tmp"
    assert not {"USER", "AWS_SECRET_ACCESS_KEY"} & environ.keys()
    assert os.environ.items() - environ.items()
