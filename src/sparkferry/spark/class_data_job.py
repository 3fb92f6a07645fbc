"""A program for spark-submit that makes Spark load what typical jobs load. Argument: a directory.

It runs on whatever Python sparkferry runs on, without pandas; a part that fails is left out.
"""

import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def main(directory: Path) -> None:
    """Run the typical job in one process, then on a cluster of one worker."""
    for master in ("local[2]", "local-cluster[1,1,512]"):
        with suppress(Exception):
            _work(master, directory / master.partition("[")[0])


def _work(master: str, directory: Path) -> None:
    from pyspark.sql import SparkSession

    spark = SparkSession.builder.master(master).appName("class-data").getOrCreate()
    try:
        with suppress(Exception):
            _typical(spark, directory)
    finally:
        spark.stop()


def _typical(spark: "SparkSession", directory: Path) -> None:
    """Read, join, aggregate, call Python, write: the classes behind these are what is wanted."""
    from pyspark.sql import functions as f
    from pyspark.sql.window import Window

    rows = (
        spark.range(2000)
        .withColumn("key", f.col("id") % 7)
        .withColumn("name", f.col("id").cast("string"))
    )
    rows.write.mode("overwrite").parquet(f"{directory}/rows")
    rows.write.mode("overwrite").csv(f"{directory}/csv", header=True)
    rows.limit(10).write.mode("overwrite").json(f"{directory}/json")
    spark.read.json(f"{directory}/json").collect()
    spark.read.csv(f"{directory}/csv", header=True, inferSchema=True).createOrReplaceTempView("csv")
    parquet = spark.read.parquet(f"{directory}/rows")
    names = spark.createDataFrame([(key, f"name {key}") for key in range(7)], ["key", "label"])
    double = f.udf(lambda value: value * 2, "long")
    joined = parquet.join(f.broadcast(names), "key").withColumn("twice", double("id"))
    joined.groupBy("label").agg(f.sum("twice"), f.avg("id"), f.count("*")).orderBy("label").show()
    joined.withColumn("rank", f.rank().over(Window.partitionBy("key").orderBy("id"))).count()
    spark.sql("select key, count(*) n from csv group by key order by n desc").collect()
    spark.sparkContext.parallelize(range(100), 2).map(lambda x: (x % 3, x)).reduceByKey(
        max
    ).collect()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
