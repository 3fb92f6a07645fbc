from kedro.io import AbstractDataset
from pyspark.sql import DataFrame, SparkSession


class TableDataset(AbstractDataset):
    """A Spark table in Parquet."""

    def __init__(self, filepath: str) -> None:
        self._filepath = filepath

    def load(self) -> DataFrame:
        return SparkSession.getActiveSession().read.parquet(self._filepath)

    def save(self, data: DataFrame) -> None:
        data.write.mode("overwrite").parquet(self._filepath)

    def _describe(self) -> dict:
        return {"filepath": self._filepath}
