import json
from pathlib import Path

from toolz import identity

CONF = Path(__file__).parents[1] / "conf"


def run(spark) -> dict:
    names = json.loads((CONF / "names.json").read_text("utf-8-sig"))
    return {"names": spark.sparkContext.parallelize(names, 2).map(identity).collect()}
