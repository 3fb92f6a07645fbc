"""The Spark and Java of this machine that runs are started with."""

from pathlib import Path

import msgspec

from sparkferry.env import Env
from sparkferry.spark.class_data import ClassData, find_class_data
from sparkferry.spark.distribution import SparkHome, own_spark_home, spark_home
from sparkferry.spark.java import Java, find_java
from sparkferry.spark.versions import spark_line

_IVY = "ivy"
"""Key of the jars that Ivy downloads for `spark.jars.packages`: its own cache, by coordinates."""


class Installation(msgspec.Struct, frozen=True, kw_only=True):
    """What runs are started with."""

    home: SparkHome
    java: Java
    class_data: ClassData | None = None
    """None where there is none yet, or it is not wanted."""
    ivy: Path | None = None
    """Directory of downloaded jars, shared by all runs; None in containers, which keep their own."""


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which Spark is started, and how."""

    version: str
    """Full version, where the user has no installation of its own."""
    own_home: str | None = None
    """The user's own installation."""
    class_data: bool = False
    """Whether virtual machines start from a class-data archive, if there is one."""


def find_installation(wanted: Wanted, env: Env) -> Installation:
    """Return the wanted Spark, installed now if need be, and a Java that it runs on.

    :raises UserError: there is no Java for it, or SPARK_HOME holds no Spark.
    :raises ExternalError: Spark cannot be installed.
    """
    if wanted.own_home:
        home = own_spark_home(Path(wanted.own_home))
    else:
        home = spark_home(wanted.version, env.cache, env.progress)
    java = find_java(spark_line(home.version), env.environ)
    class_data = find_class_data(home, java, env.cache) if wanted.class_data else None
    ivy = env.cache.directory("spark", _IVY, lambda _: None)
    return Installation(home=home, java=java, class_data=class_data, ivy=ivy)
