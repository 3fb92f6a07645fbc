from toolz import pipe


def double(number: int) -> int:
    return number * 2


def run(spark) -> dict:
    numbers = spark.sparkContext.parallelize([1, 20], 2)
    return {"sizes": numbers.map(lambda number: pipe(number, double, str)).collect()}
