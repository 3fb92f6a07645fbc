"""A relative SPARK_HOME is relative to the project, wherever the command is typed."""

from pathlib import Path

import pytest

from sparkferry.project.load import load

TEXT = """
[project]
name = "demo"

[tool.sparkferry]
spark = "4.0"

[tool.sparkferry.targets.local]
kind = "local"
spark-home = "{home}"
"""


@pytest.mark.parametrize(
    ("written", "meant"), [("opt/spark", "{root}/opt/spark"), ("/opt/spark",) * 2]
)
def test_spark_home_is_absolute(tmp_path, written, meant):
    (tmp_path / "pyproject.toml").write_text(TEXT.format(home=written))
    target = load(tmp_path, environ={}).settings.targets["local"]
    assert target.spark_home == meant.format(root=tmp_path)


def test_spark_home_may_be_at_home(tmp_path):
    (tmp_path / "pyproject.toml").write_text(TEXT.format(home="~/spark"))
    target = load(tmp_path, environ={}).settings.targets["local"]
    assert target.spark_home == str(Path.home() / "spark")
