import tomllib

import jsonschema
import pytest

from sparkferry.project.schema import schema

EXAMPLE = """
spark = "4.0"
include = ["conf/**"]
spark-conf.spark.executor.memory = "1g"
spark-conf."spark.ui.enabled" = false
[jobs.a]
entry = "m:f"
args = { n = 1, nested = { day = "x" } }
[targets.local]
kind = "local"
python = "3.12"
[tiers.prod]
target = "local"
[tiers.prod.targets.local]
workers = 3
"""


@pytest.fixture(scope="module")
def validator():
    jsonschema.Draft202012Validator.check_schema(schema())
    return jsonschema.Draft202012Validator(schema())


def test_what_the_loader_takes_is_valid(validator):
    validator.validate(tomllib.loads(EXAMPLE))


@pytest.mark.parametrize(
    "line",
    [
        "include = 'a'",
        "spark = 4.0",
        "sparc = '4.0'",
        "[jobs.a]\nentri = 'm:f'",
        "[targets.local]\nworkers = 3",
        "[targets.local]\nkind = 'lokal'",
        "[targets.local]\nkind = 'local'\nworkers = 65",
        "[targets.local]\nkind = 'local'\nmemory = '2G'",
        "[tiers.prod.targets.local]\nworker = 3",
        "[tiers.prod.tiers.x]",
        "spark-conf.x = [1]",
    ],
)
def test_what_the_loader_refuses_is_not(validator, line):
    text = line if line.startswith("spark = ") else f'spark = "4.0"\n{line}'
    assert not validator.is_valid(tomllib.loads(text))


def test_spark_is_required_but_not_in_a_tier(validator):
    assert not validator.is_valid({})
    assert validator.is_valid({"spark": "4.0", "tiers": {"prod": {}}})


def test_every_key_is_described_and_its_default_is_given():
    found = schema()
    target = found["$defs"]["LocalTarget"]["properties"]
    assert target["workers"] == {
        "description": "0: Spark in one process; n: a standalone cluster of n workers.",
        "type": "integer",
        "minimum": 0,
        "maximum": 64,
        "default": 2,
    }
    tables = [found, *found["$defs"].values()]
    keys = [item for table in tables for item in table.get("properties", {}).items()]
    assert {key for key, about in keys if "description" not in about} == {"kind"}
