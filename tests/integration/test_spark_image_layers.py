"""The Spark of images, without any optional group, does what Spark is there for."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from sparkferry.base.cache import Cache
from sparkferry.image.layers.spark import spark_layers
from sparkferry.image.model import SPARK
from sparkferry.spark.distribution import own_spark_home

JOB = """
import sys
from pyspark.sql import SparkSession, functions as F

spark = SparkSession.builder.getOrCreate()
numbers = spark.range(100).select("id", (F.col("id") % 7).alias("k"))
for form in ("parquet", "orc", "json", "csv"):
    numbers.write.format(form).save(f"{sys.argv[1]}/{form}")
    assert spark.read.format(form).load(f"{sys.argv[1]}/{form}").count() == 100, form
numbers.createOrReplaceTempView("numbers")
assert spark.sql("select k, count(*) from numbers group by k").count() == 7
plus = F.udf(lambda number: number + 1, "long")
assert numbers.select(plus("id").alias("n")).agg(F.sum("n")).first()[0] == 5050
pairs = spark.sparkContext.parallelize(range(50), 2).map(lambda n: (n % 5, n))
assert pairs.reduceByKey(lambda a, b: a + b).count() == 5
stream = spark.readStream.schema(numbers.schema).parquet(f"{sys.argv[1]}/parquet")
sink = stream.groupBy("k").count().writeStream.format("memory").queryName("counted")
sink.outputMode("complete").trigger(availableNow=True).start().awaitTermination()
assert spark.table("counted").count() == 7
print("everything works on", spark.version)
"""


@pytest.fixture
def shm() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(dir="/dev/shm") as directory:
        yield Path(directory)


def test_it_runs_without_optional_groups(spark_home: Path, shm: Path) -> None:
    home = own_spark_home(spark_home)
    for layer in spark_layers(home, (), Cache(shm / "cache")):
        subprocess.run(["tar", "-xzf", str(layer.source), "-C", shm], check=True)
    place = shm / SPARK
    jars = {jar.name for jar in (place / "jars").iterdir()}
    assert f"spark-core_2.13-{home.version}.jar" in jars
    assert f"spark-hive_2.13-{home.version}.jar" not in jars
    (shm / "job.py").write_text(JOB)
    done = subprocess.run(
        [place / "bin/spark-submit", "--master", "local[2]", shm / "job.py", shm / "data"],
        env={
            **os.environ,
            "SPARK_HOME": str(place),
            "SPARK_LOCAL_IP": "127.0.0.1",
            "PYSPARK_PYTHON": sys.executable,
        },
        cwd=shm,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert f"everything works on {home.version}" in done.stdout
