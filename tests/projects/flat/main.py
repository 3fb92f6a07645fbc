from etl.extract import lines
from etl.transform.words import count


def run(spark) -> dict:
    return count(spark.sparkContext.parallelize(lines(), 2))
