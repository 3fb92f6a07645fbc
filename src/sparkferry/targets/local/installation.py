"""The Spark and Java that the embedded target starts."""

from pathlib import Path

import msgspec

from sparkferry.base.cache import Cache
from sparkferry.image.model import RunImage
from sparkferry.progress import QUIET, Progress
from sparkferry.project.kinds.local import LocalTarget
from sparkferry.spark.class_data import ClassData, find_class_data
from sparkferry.spark.distribution import SparkHome, own_spark_home, spark_home
from sparkferry.spark.java import Java, find_java
from sparkferry.spark.versions import spark_line
from sparkferry.targets.plan import Plan

_IVY = "ivy"
"""Key of the jars that Ivy downloads for `spark.jars.packages`: its own cache, by coordinates."""


class Installation(msgspec.Struct, frozen=True, kw_only=True):
    """What runs are started with."""

    home: SparkHome
    java: Java
    class_data: ClassData | None
    """None where there is none yet, or it is not wanted."""
    ivy: Path | None = None
    """Directory of downloaded jars, shared by all runs; None in containers, which keep their own."""


def installation_of(
    plan: Plan, settings: LocalTarget, cache: Cache, progress: Progress
) -> Installation:
    """Return what the run of ``plan`` is started with: what its image brings, else what is here.

    :raises UserError: there is no Java for it, or SPARK_HOME holds no Spark.
    :raises WorldError: Spark cannot be installed.
    """
    image = plan.image
    if image is None:
        return find_installation(settings, plan.spark, cache, progress)
    brought = installation_in(plan, image)
    if brought:
        return brought
    plain = msgspec.structs.replace(settings, class_data_archive=False)
    return find_installation(plain, plan.spark, cache, progress)


def installation_in(plan: Plan, image: RunImage) -> Installation | None:
    """Return the Spark and Java that an image brings, or None where it brings none."""
    if image.spark_home is None or image.java_home is None or image.java is None:
        return None
    return Installation(
        home=SparkHome(path=Path(image.spark_home), version=plan.spark),
        java=Java(home=Path(image.java_home), build=image.digest, feature=image.java),
        class_data=None,
    )


def find_installation(
    settings: LocalTarget, version: str, cache: Cache, progress: Progress = QUIET
) -> Installation:
    """Return the Spark of ``version``, installed now if need be, and a Java that it runs on.

    :raises UserError: there is no Java for it, or SPARK_HOME holds no Spark.
    :raises WorldError: Spark cannot be installed.
    """
    if settings.spark_home:
        home = own_spark_home(Path(settings.spark_home))
    else:
        home = spark_home(version, cache, progress)
    java = find_java(spark_line(home.version))
    class_data = find_class_data(home, java, cache) if settings.class_data_archive else None
    ivy = cache.directory("spark", _IVY, lambda _: None)
    return Installation(home=home, java=java, class_data=class_data, ivy=ivy)
