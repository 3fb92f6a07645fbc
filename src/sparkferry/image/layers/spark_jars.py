"""Which of Spark's jars an image may do without, as data.

Found out from the jars of the pip distributions of 3.5.9, 4.0.5, 4.1.4, 4.2.1 and 4.3.0, by which classes
refer to which: a group is Spark's own jars for a purpose, and what is reached from these alone, so no jar
that stays refers to one that is left out. Without any group all five start, and run SQL, Python
functions, streaming, Parquet and ORC (run).
"""

from collections.abc import Collection
from fnmatch import fnmatchcase

from sparkferry.project.image_settings import JarGroup

_GROUPS: dict[JarGroup, tuple[str, ...]] = {
    "connect": (
        "connect-repl/*",
        "spark-connect-*",
        "spark-connect_*",
        "spark-pipelines_*",
    ),
    "hive": (
        "HikariCP-*",
        "ST4-*",
        "antlr-runtime-*",
        "bonecp-*",
        "commons-dbcp-*",
        "datanucleus-*",
        "derby*",
        "dropwizard-metrics-hadoop-metrics2-reporter-*",
        "hive-beeline-*",
        "hive-cli-*",
        "hive-common-*",
        "hive-exec-*",
        "hive-jdbc-*",
        "hive-llap-*",
        "hive-metastore-*",
        "hive-serde-*",
        "hive-service-rpc-*",
        "hive-shims-*",
        "javax.jdo-*",
        "javolution-*",
        "jdo-api-*",
        "jodd-core-*",
        "jpam-*",
        "json-1.*",
        "jta-*",
        "libfb303-*",
        "libthrift-*",
        "spark-hive-thriftserver_*",
        "spark-hive_*",
        "super-csv-*",
        "transaction-api-*",
    ),
    "kubernetes": (
        "kubernetes-*",
        "logging-interceptor-*",
        "netty-codec-dns-*",
        "netty-resolver-dns-*",
        "snakeyaml-engine-*",
        "spark-kubernetes_*",
        "vertx-*",
        "volcano-*",
        "zjsonpatch-*",
    ),
    "mllib": (
        "JLargeArrays-*",
        "JTransforms-*",
        "algebra_*",
        "arpack*",
        "blas-*",
        "breeze-macros_*",
        "breeze_*",
        "cats-kernel_*",
        "lapack-*",
        "spark-graphx_*",
        "spark-mllib-local_*",
        "spark-mllib_*",
        "spire*",
    ),
    "yarn": (
        "hadoop-yarn-*",
        "spark-yarn_*",
    ),
}
"""Patterns of paths below ``jars/`` by group; together for all lines, since no name means two things."""

_NEEDS: dict[JarGroup, tuple[JarGroup, ...]] = {"connect": ("mllib",)}
"""Groups that do not work without others: the Connect server of 4.x refers to ML's classes."""

_FOREIGN = ("*-osx-*", "*-windows-*", "*-riscv64.jar")
"""Native libraries of platforms that no image is made for."""


def keeps(path: str, groups: Collection[JarGroup]) -> bool:
    """Whether the file ``path`` below ``jars/`` is in an image that keeps these groups."""
    return not any(fnmatchcase(path, pattern) for pattern in left_out(groups))


def left_out(groups: Collection[JarGroup]) -> tuple[str, ...]:
    """Return the patterns of paths below ``jars/`` that an image with these groups does without."""
    kept = {*groups, *(need for group in groups for need in _NEEDS.get(group, ()))}
    others = (x for group, own in _GROUPS.items() if group not in kept for x in own)
    return (*_FOREIGN, *others)
