"""The Python of an image: for its platform, and for the glibc of its Debian."""

from sparkferry.base.cache import Cache
from sparkferry.base.platforms import Platform
from sparkferry.image.debian.model import Suite
from sparkferry.layers.interpreter.choose import choose_prefix, python_request
from sparkferry.layers.pack import TargetPython
from sparkferry.progress import Progress
from sparkferry.project.model import Project
from sparkferry.spark.versions import minor_versions, spark_line

GLIBC: dict[Suite, tuple[int, int]] = {"bookworm": (2, 36), "trixie": (2, 41)}
"""Version of glibc by suite; it does not change within one."""


def glibc_of(base: str) -> tuple[int, int] | None:
    """Return the version of glibc in images upon ``base``; None where its name does not tell."""
    return next((glibc for suite, glibc in GLIBC.items() if base == f"debian:{suite}"), None)


def image_python(
    project: Project, platform: Platform, suite: Suite, spark: str, tools: tuple[Cache, Progress]
) -> TargetPython:
    """Return the Python for an image of the project's target.

    :raises UserError: Spark line and Python do not go together.
    :raises ExternalError: no Python fits, and none could be fetched.
    """
    specifiers = spark_line(spark).python
    # Remembered for the same reason as what fits: the import of `packaging`.
    minors = tools[0].memo(
        f"minor versions {specifiers}", list[str], lambda: minor_versions(specifiers)
    )
    wish = python_request(project, minors, platform)
    return TargetPython(prefix=choose_prefix(wish, *tools), glibc=GLIBC[suite])
