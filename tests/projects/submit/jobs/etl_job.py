from dependencies.settings import ROOT, load
from pyspark.sql import SparkSession
from pyspark.sql.functions import col, udf
from pyspark.sql.types import IntegerType

from steps import steps


def main() -> None:
    spark = SparkSession.builder.appName("etl").getOrCreate()
    per_floor = load("etl_config.json")["steps_per_floor"]
    count = udf(lambda floor: steps(floor, per_floor), IntegerType())
    rows = (ROOT / "data/employees.csv").read_text().splitlines()[1:]
    employees = spark.createDataFrame(
        [(name, int(floor)) for _, name, floor in (row.split(",") for row in rows)],
        ["name", "floor"],
    )
    total = employees.select(count(col("floor")).alias("steps")).groupBy().sum().first()[0]
    print(f"TOTAL STEPS {total}")


if __name__ == "__main__":
    main()
