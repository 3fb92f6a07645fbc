"""What every kind of target can be told."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import ClassVar

from msgspec import field

from sparkferry.project.image_settings import ImageSettings
from sparkferry.project.shape import Problem
from sparkferry.project.tables import PythonVersion, SparkConf, Table

RESERVED = {
    "spark.archives": "the layers are sparkferry's to ship; further files go into `include`",
    "spark.master": "the target says where Spark runs",
    "spark.submit.deployMode": "the target says where the driver runs",
    "spark.pyspark.python": "the interpreter layer is used; choose it with the target's `python`",
    "spark.pyspark.driver.python": "the interpreter layer is used; choose it with the target's `python`",
    "spark.executorEnv.PYTHONHASHSEED": "it is fixed, or shuffles by text would lose rows",
    "spark.executorEnv.PYSPARK_PYTHON": "the interpreter layer is used",
}
"""Spark properties that sparkferry sets itself for every kind, and why or what to do instead."""


class TargetSettings(Table, frozen=True, kw_only=True, tag_field="kind"):
    """Settings of a target; each kind adds its own."""

    python: PythonVersion | None = None
    """Python of driver and executors, as `3.12`; the one of `.python-version`, or else one that satisfies
    `requires-python`, if not given."""
    store: str = ".sparkferry/store"
    """Where layers, records and outputs are kept: a directory, or the URL of a store, as `s3://bucket/prefix`,
    `gs://…`, `az://…` or `hdfs://…`."""
    spark_conf: SparkConf = field(default_factory=dict)
    """Spark properties of this target."""
    image: ImageSettings | None = None
    """What is different about images for this target."""

    reserved: ClassVar[Mapping[str, str]] = {}
    """Spark properties that the kind sets itself, beside :data:`RESERVED`, and what to do instead."""

    def problems(self, image: ImageSettings, root: Path) -> Iterator[Problem]:
        """Yield the rules between settings that are broken, by path below the target's table.

        ``image`` are the settings of the target's image; ``root`` is the directory of the project.
        """
        del image, root
        return iter(())

    def anchored(self, root: Path) -> "TargetSettings":
        """Return the settings with paths that later stages need outside of the project made absolute."""
        del root
        return self
