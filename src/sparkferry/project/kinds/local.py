"""The kind `local`: Spark on this machine."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from sparkferry.project.image_settings import ImageSettings
from sparkferry.project.kinds.target import TargetSettings
from sparkferry.project.shape import Problem
from sparkferry.project.tables import Cores, Memory

Workers = Annotated[int, Meta(ge=0, le=64)]
Volume = Annotated[str, Meta(pattern=r"^[^:]+:/[^:]*(:ro)?$", examples=["data:/data:ro"])]


class LocalTarget(TargetSettings, frozen=True, kw_only=True, tag="local"):
    """Spark on this machine: in one process, or as an embedded standalone cluster."""

    workers: Workers = 2
    """0: Spark in one process; n: a standalone cluster of n workers."""
    cores: Cores = 1
    """Cores that each worker offers."""
    memory: Memory = "1g"
    """Memory that each worker offers, as `512m` or `2g`."""
    driver_memory: Memory = "1g"
    """Heap of the driver, as `512m` or `2g`."""
    spark_home: str | None = None
    """A Spark installation to use instead of the pip `pyspark` of the project's line."""
    class_data_archive: bool = True
    """Start Spark's JVMs from a class-data archive, made once after the first run and cached."""
    quick_compile: bool = True
    """Hold the optimising compiler of Spark's JVMs back until code is really hot: short jobs start
    faster, and long ones take no longer."""
    container: Literal["docker", "podman"] | None = None
    """Engine that runs driver, master and workers in containers of the project's image; without one
    they are processes of this machine."""
    volumes: tuple[Volume, ...] = ()
    """What else of this machine the containers see, as `data:/data` or `data:/data:ro`; relative to the
    project."""

    def problems(self, image: ImageSettings, root: Path) -> Iterator[Problem]:
        """Yield what does not go together about containers."""
        if self.container is None:
            if self.volumes:
                hint = 'name an engine as well, as `container = "docker"`, or remove it'
                yield Problem(("volumes",), "`volumes` are for containers alone", hint)
            return
        if self.spark_home and image.kind == "spark":
            hint = "remove it: the Spark of the image is used"
            yield Problem(("spark-home",), "the image has a Spark of its own", hint)
        for written in self.volumes:
            source = root / Path(written.partition(":")[0]).expanduser()
            if not source.exists():
                hint = (
                    "name a directory or file of this machine; relative paths begin at the project"
                )
                yield Problem(("volumes",), f"there is no `{source}`", hint)

    def anchored(self, root: Path) -> "LocalTarget":
        """Return the settings with the paths of Spark and of volumes made absolute."""
        return msgspec.structs.replace(
            self,
            spark_home=_absolute(self.spark_home, root) if self.spark_home else None,
            volumes=tuple(_absolute(volume, root) for volume in self.volumes),
        )


def _absolute(written: str, root: Path) -> str:
    return str(root / Path(written).expanduser())
