"""The Spark and Java that the embedded target starts."""

from pathlib import Path

from sparkferry.env import Env
from sparkferry.image.model import RunImage
from sparkferry.project.kinds.local import LocalTarget
from sparkferry.spark.distribution import SparkHome
from sparkferry.spark.installation import Installation, Wanted, find_installation
from sparkferry.spark.java import Java
from sparkferry.targets.plan import Plan


def installation_of(plan: Plan, settings: LocalTarget, env: Env) -> Installation:
    """Return what the run of ``plan`` is started with: what its image brings, else what is here.

    :raises UserError: there is no Java for it, or SPARK_HOME holds no Spark.
    :raises ExternalError: Spark cannot be installed.
    """
    brought = installation_in(plan, plan.image) if plan.image else None
    if brought:
        return brought
    wanted = wanted_by(settings, plan.spark, class_data=plan.image is None)
    return find_installation(wanted, env)


def wanted_by(settings: LocalTarget, version: str, *, class_data: bool = True) -> Wanted:
    """Return the installation that the settings of a target ask for."""
    return Wanted(
        version=version,
        own_home=settings.spark_home,
        class_data=class_data and settings.class_data_archive,
    )


def installation_in(plan: Plan, image: RunImage) -> Installation | None:
    """Return the Spark and Java that an image brings, or None where it brings none."""
    if image.spark_home is None or image.java_home is None or image.java is None:
        return None
    return Installation(
        home=SparkHome(path=Path(image.spark_home), version=plan.spark),
        java=Java(home=Path(image.java_home), build=image.digest, feature=image.java),
    )
