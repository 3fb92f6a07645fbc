from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F


def preprocess(companies, rating: int) -> DataFrame:
    table = SparkSession.getActiveSession().createDataFrame(companies)
    return table.where(F.col("rating") >= rating)


def total(preprocessed: DataFrame) -> dict:
    return {"shuttles": preprocessed.agg(F.sum("shuttles")).first()[0]}
