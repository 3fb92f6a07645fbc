"""What Spark needs to read and write object stores: Hadoop's connectors, by Maven coordinates.

hadoop-aws and hadoop-azure have the version of Spark's Hadoop client ("Hadoop-AWS module", "Hadoop Azure
Support"); Google's connector has versions of its own. HDFS needs none.
"""

import msgspec

from sparkferry.spark.versions import spark_line


class Connector(msgspec.Struct, frozen=True, kw_only=True):
    """A connector for one scheme of stores."""

    group: str
    artifact: str
    version: str | None = None
    """None where it is that of Spark's Hadoop client."""


CONNECTORS = {
    "az": Connector(group="org.apache.hadoop", artifact="hadoop-azure"),
    "gs": Connector(
        group="com.google.cloud.bigdataoss", artifact="gcs-connector", version="hadoop3-2.2.26"
    ),
    "s3": Connector(group="org.apache.hadoop", artifact="hadoop-aws"),
}
"""By the scheme of the store's URL."""


def connector_jars(scheme: str, line: str) -> str:
    """Return the Maven coordinates of the connector for a line of Spark."""
    connector = CONNECTORS[scheme]
    version = connector.version or spark_line(line).hadoop
    return f"{connector.group}:{connector.artifact}:{version}"
