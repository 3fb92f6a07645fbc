import os
from pathlib import Path
from typing import Any

import msgspec
import pytest

from sparkferry.base.cache import Cache
from sparkferry.env import Env
from sparkferry.errors import Diagnostic
from sparkferry.project.image_settings import ImageSettings
from sparkferry.project.kinds.local import LocalTarget
from sparkferry.project.model import Project, Settings
from sparkferry.spark.check import check_java, check_versions
from sparkferry.targets.local.check import check_local


@pytest.fixture
def java(monkeypatch, tmp_path):
    """A machine with nothing but a Java 17."""
    home = tmp_path / "jdk"
    (home / "bin").mkdir(parents=True)
    (home / "bin/java").touch(0o755)
    (home / "release").write_text('JAVA_VERSION="17.0.1"\n')
    monkeypatch.setenv("JAVA_HOME", str(home))
    return home


def project(spark: str = "4.0", *dependencies: str, **target: Any) -> Project:
    return Project(
        root=Path("/project"),
        name="demo",
        requires_python=">=3.11",
        dependencies=dependencies,
        tier="dev",
        settings=Settings(spark=spark, targets={"local": LocalTarget(**target)}),
        origins={"spark": "pyproject.toml:7", "targets.local.python": "pyproject.toml:9"},
    )


def of_target(project: Project) -> list[Diagnostic]:
    """Return what the kind says of Java and SPARK_HOME; the engine may be missing here."""
    env = Env(cache=Cache(project.root / "cache"), environ=os.environ)
    found = check_local(project, project.target, env)
    return [item for item in found if "docker" not in item.message]


def said(project: Project, python: str | None = "3.12.1", **packages: str) -> list[str]:
    found = (*of_target(project), *check_versions(project, python, packages))
    return [f"{item}" for item in found]


def test_nothing_is_wrong(java):
    good = {"pandas": "2.2.3", "pyarrow": "18.0.0", "numpy": "2.1.0", "pyspark": "4.0.1"}
    assert said(project(), **good) == []
    assert said(project("4.0", "pyspark~=4.0.0", "not a requirement!"), None) == []


def test_an_unknown_line_is_all_that_is_said(java):
    assert said(project("2.4"), pandas="0.1") == ["pyproject.toml:7: error: Spark 2.4 is not known"]


def test_java_is_looked_for(monkeypatch, java):
    (java / "release").write_text('JAVA_VERSION="1.8.0"\n')
    [found] = check_java("4.0", os.environ)
    assert found.severity == "error"
    assert "it is Java 8" in found.message
    assert "openjdk-17" in (found.hint or "")


def test_java_is_not_looked_for_where_the_image_has_one(monkeypatch, java):
    (java / "release").write_text('JAVA_VERSION="1.8.0"\n')
    assert said(project(container="docker")) == []
    served = ImageSettings(kind="dataproc")
    assert "it is Java 8" in said(project(container="docker", image=served))[0]


@pytest.mark.parametrize(
    ("spark", "python", "packages", "severity"),
    [
        ("4.0", "3.8.1", {}, "error"),
        ("4.3", "3.10", {}, "error"),
        ("4.0", "3.14", {"pandas": "2.2.3"}, "warning"),
        ("3.5", "3.12.1", {}, "warning"),
        ("3.5", "3.12.1", {"pandas": "2.2.3"}, "error"),
    ],
)
def test_python_against_the_line(java, spark, python, packages, severity):
    [found] = check_versions(project(spark), python, packages)
    assert found.severity == severity
    assert found.message.endswith(f"the target has {python}")


def test_the_targets_own_python_is_checked_where_nothing_else_is_known(java):
    assert said(project(python="3.8"), None) == [
        "pyproject.toml:9: error: Spark 4.0 runs on Python >=3.9,<3.14, and the target has 3.8"
    ]


def test_packages_that_spark_refuses_and_packages_that_it_cannot_fully_use(java):
    assert said(project(), pandas="1.5.3", pyarrow="10.0.0", numpy="1.20") == [
        "error: Spark 4.0 refuses pandas 1.5.3: it needs pandas>=2.0.0",
        "error: Spark 4.0 refuses pyarrow 10.0.0: it needs pyarrow>=11.0.0",
        "error: Spark 4.0 refuses numpy 1.20: it needs numpy>=1.21",
    ]
    assert said(project(), pandas="3.0.1") == [
        "warning: parts of PySpark 4.0 fail with pandas 3.0.1"
    ]


def test_pyspark_of_another_line(java):
    [found] = said(project("4.0"), pyspark="3.5.1")
    assert found.startswith("pyproject.toml:7: error: the lock names pyspark 3.5.1, and")
    assert said(project("4.0", "numpy", "pyspark==3.5.*")) == [
        "pyproject.toml:7: error: `pyspark==3.5.*` excludes Spark 4.0.5, which the target runs"
    ]


def test_an_own_spark_of_another_line(java, tmp_path):
    missing = project(spark_home=str(tmp_path / "nothing"))
    assert "there is no `bin/spark-submit`" in said(missing)[0]
    for name in ("bin/spark-submit", "jars/spark-core_2.12-3.5.1.jar"):
        path = tmp_path / "spark" / name
        path.parent.mkdir(parents=True)
        path.touch()
    relative = msgspec.structs.replace(project(spark_home="spark"), root=tmp_path)
    [found] = said(relative)
    assert found.endswith("`spark` holds Spark 3.5.1, and the project is written for Spark 4.0")
