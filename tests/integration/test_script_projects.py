"""Projects in the shape of public ones: scripts with siblings, flat layouts, configuration, Windows files."""

import shutil
import subprocess
from pathlib import Path

import pytest

from sparkferry.process import tool
from support.cli import Cli
from support.repository import write

HEAD = """
[project]
name = "{name}"
version = "0"
requires-python = ">=3.11"
dependencies = []

[tool.sparkferry]
spark = "4.0"
include = ["configs/etl.json", "data/"]
jobs.etl.{job}
jobs.other.script = "other/etl.py"

[tool.sparkferry.targets.local]
kind = "local"
memory = "512m"
driver-memory = "512m"
"""

ETL = """\
import json
import sys
from pathlib import Path

from pyspark.sql import SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import LongType

import helpers
from shared.prices import price
from utils.schema import FACTOR


def main():
    spark = SparkSession.builder.getOrCreate()
    root = Path(__file__).parents[1]
    config = json.loads((root / "configs/etl.json").read_text())
    rows = spark.read.csv(f"file://{root}/data/rows.csv", header=True, inferSchema=True)
    twice = F.udf(helpers.twice, LongType())
    found = rows.select(twice("n").alias("n")).rdd.map(lambda row: helpers.plus(row.n, config["add"]))
    total = sum(found.map(lambda n: price(n) * FACTOR).collect())
    print("TOTAL", total, "BESIDE", helpers.NAME)


if __name__ == "__main__":
    main()
"""

SIBLINGS = {
    "jobs/helpers.py": (
        "NAME = 'jobs'\ndef twice(n):\n    return 2 * n\ndef plus(n, more):\n    return n + more\n"
    ),
    "jobs/utils/schema.py": "FACTOR = 10\n",
    "shared/prices.py": "def price(n):\n    return n * 3\n",
    "other/etl.py": "import helpers\nprint('BESIDE', helpers.NAME)\n",
    "other/helpers.py": "NAME = 'other'\n",
    "configs/etl.json": '{"add": 1}\n',
    "data/rows.csv": "n\n1\n2\n3\n",
    ".gitignore": ".venv\nconfigs/etl.json\n",
    "notebooks/look.py": "import nothing_that_ships\n",
    "tests/test_helpers.py": "import pytest\n",
}
TOTAL = 10 * 3 * sum(2 * n + 1 for n in (1, 2, 3))


def made(root: Path, files: dict[str, str | bytes]) -> Path:
    write(root, files)
    subprocess.run([tool("uv"), "lock", "--quiet"], cwd=root, check=True)
    subprocess.run(["git", "init", "-q"], cwd=root, check=True)
    return root


def user_of(warm_cli: Cli, root: Path, state: Path) -> Cli:
    return Cli(root, warm_cli.cache, state)


@pytest.fixture(scope="module")
def script_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A spark-submit script with siblings, configuration that git ignores, and data."""
    pyproject = HEAD.format(name="scripts", job='script = "jobs/etl.py"')
    files = {**SIBLINGS, "pyproject.toml": pyproject, "jobs/etl.py": ETL}
    return made(tmp_path_factory.mktemp("scripts") / "p", files)


@pytest.mark.parametrize("workers", [0, 2])
def test_a_script_and_its_executors_find_what_lies_beside_it(
    cold_cli, script_project, tmp_path, workers
):
    user = user_of(cold_cli, script_project, tmp_path / "state")
    user = user.with_(f"targets.local.workers={workers}")
    assert user("check").stdout == ""
    told = user("run", "etl")
    logs = user("logs", told.run).stdout
    assert f"TOTAL {TOTAL} BESIDE jobs\n" in logs


def test_each_script_finds_its_own_siblings(cold_cli, script_project, tmp_path):
    user = user_of(cold_cli, script_project, tmp_path / "state").with_("targets.local.workers=0")
    assert "BESIDE other\n" in user("logs", user("run", "other").run).stdout


FLAT = """\
import json

from shared.prices import price
from tables.made import TABLE


def run(spark, context):
    def counted(n):
        more = json.loads(context.file("configs/etl.json").read_text())["add"]
        assert context.file("configs/etl.json").is_absolute()
        return price(n + more) * TABLE

    rows = context.file("data/rows.csv").read_text().split()[1:]
    numbers = spark.sparkContext.parallelize([int(row) for row in rows], 2)
    return {"total": sum(numbers.map(counted).collect())}
"""


@pytest.fixture(scope="module")
def flat_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A flat layout without any `__init__.py`."""
    pyproject = HEAD.format(name="flat", job='entry = "etl.job:run"')
    extra = {"pyproject.toml": pyproject, "etl/job.py": FLAT, "tables/made.py": "TABLE = 2\n"}
    return made(tmp_path_factory.mktemp("flat") / "p", {**SIBLINGS, **extra})


@pytest.mark.parametrize("workers", [0, 2])
def test_a_flat_layout_without_init(cold_cli, flat_project, tmp_path, workers):
    user = user_of(cold_cli, flat_project, tmp_path / "state")
    user = user.with_(f"targets.local.workers={workers}")
    assert user("check").stdout == ""
    told = user.outcome("etl")
    assert told["result"] == {"total": 2 * 3 * sum(n + 1 for n in (1, 2, 3))}
    again = user("rerun", "--json", told["run_id"]).json
    assert again["result"] == told["result"]


def test_a_job_of_a_checkout_edited_on_windows(cold_cli, flat_project, tmp_path):
    """Byte order marks and CRLF in code, configuration, data and `.gitignore`."""
    root = tmp_path / "windows"
    shutil.copytree(flat_project, root)
    for path in root.rglob("*"):
        if path.suffix in {".py", ".csv", ".toml"} or path.name == ".gitignore":
            mark = b"\xef\xbb\xbf" if path.suffix == ".py" or path.name == ".gitignore" else b""
            path.write_bytes(mark + path.read_bytes().replace(b"\n", b"\r\n"))
    user = user_of(cold_cli, root, tmp_path / "state").with_("targets.local.workers=0")
    assert user("check").stdout == ""
    assert user.outcome("etl")["result"] == {"total": 54}


def test_a_run_names_what_its_job_imports_and_does_not_ship(cold_cli, flat_project, tmp_path):
    root = tmp_path / "broken"
    shutil.copytree(flat_project, root)
    (root / ".gitignore").write_text(".venv\nmade.py\nconfigs/etl.json\n")
    user = user_of(cold_cli, root, tmp_path / "state").with_("targets.local.workers=0")
    wanted = (
        "etl/job.py:4: error: could not find `tables`, imported by job `etl`: `tables/made.py` is "
        "ignored by `.gitignore:2` (`made.py`)"
    )
    assert wanted in user("check", code=2).stdout
    assert wanted in user("pack", code=2).stderr
    assert wanted in user("run", "etl", code=2).stderr
    assert "BESIDE other\n" in user("logs", user("run", "other").run).stdout
