"""Which kind an image is of."""

from sparkferry.base.platforms import Platform
from sparkferry.image.debian.model import Suite
from sparkferry.image.kinds.dataproc import dataproc
from sparkferry.image.kinds.kind import Kind
from sparkferry.image.kinds.spark import spark
from sparkferry.project.image_settings import ImageSettings
from sparkferry.spark.versions import spark_line


def kind_of(settings: ImageSettings, platform: Platform, suite: Suite, version: str) -> Kind:
    """Return the kind that the settings name, upon Debian's ``suite``, for Spark ``version``.

    :raises UserError: that Spark does not run on the suite's Java.
    """
    if settings.kind == "dataproc":
        return dataproc(platform)
    return spark(platform, suite, spark_line(version))
