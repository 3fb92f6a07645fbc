"""Images for Dataproc Serverless: Python and libraries; Spark and Java are mounted by the service.

The contract is that of its documentation of custom containers: packages procps and tini, jemalloc
advised; user and group spark with number 1099 and a home; no Spark, no Java; linux/amd64. The service
ignores the image's user and command.
"""

from sparkferry.base.platforms import Platform
from sparkferry.image.debian.configure.unpacked import Account
from sparkferry.image.debian.model import ARCHITECTURES, TRIPLETS
from sparkferry.image.kinds.kind import COMMON_ENV, COMMON_PACKAGES, Kind
from sparkferry.project.image_rules import DATAPROC_ID

_HOME = "/home/spark"


def dataproc(platform: Platform) -> Kind:
    """Return the kind for ``platform``."""
    return Kind(
        name="dataproc",
        account=Account(name="spark", uid=DATAPROC_ID, gid=DATAPROC_ID, home=_HOME),
        packages=(*COMMON_PACKAGES, "libjemalloc2"),
        env={
            **COMMON_ENV,
            "LD_PRELOAD": f"/usr/lib/{TRIPLETS[ARCHITECTURES[platform]]}/libjemalloc.so.2",
        },
        class_path="SPARK_EXTRA_CLASSPATH",
        entries=(),
        entry_point=("/usr/bin/tini", "--"),
        command=("/bin/bash",),
        working_directory=_HOME,
        brings_spark=False,
    )
