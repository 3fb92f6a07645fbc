"""What an installed environment has, packed ones have too: the same questions, asked in each."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from sparkferry.process import tool
from support.cli import Cli
from support.wheels import make_wheel

PYPROJECT = """
[project]
name = "shop"
version = "1.2"
requires-python = ">=3.11"
dependencies = ["tooled"]
scripts = { shop-own = "shop.job:own" }
entry-points."shop.readers" = { csv = "shop.job:own" }

[build-system]
requires = ["uv_build"]
build-backend = "uv_build"

[tool.uv.sources]
tooled = { path = "tooled-1.0-py3-none-any.whl" }

[tool.sparkferry]
spark = "4.0"
jobs.installed.entry = "shop.job:installed"
targets.local = { kind = "local", workers = 2, memory = "512m", driver-memory = "512m" }
"""

JOB = """
import importlib.metadata
import os
import subprocess
import sys
import sysconfig


def look():
    def said(*argv):
        return subprocess.run(argv, capture_output=True, text=True, check=True).stdout

    return {
        "data": open(os.path.join(sys.prefix, "share/tooled/table.csv")).read(),
        "scheme": os.path.exists(os.path.join(sysconfig.get_path("data"), "etc/tooled.conf")),
        "commands": [said("tooled-command"), said("tooled-script", "a b"), said("shop-own")],
        "python": said("python3", "-c", "import inner; print(inner.NAME)"),
        "version": importlib.metadata.version("shop"),
        "readers": [x.load().__name__ for x in importlib.metadata.entry_points(group="shop.readers")],
        "requires": importlib.metadata.requires("shop"),
    }


def own():
    print("own")


def installed(spark):
    executors = spark.sparkContext.parallelize(range(2), 2).map(lambda _: look()).collect()
    return {"driver": look(), "executors": executors}
"""

DATA = "tooled-1.0.data"
FILES = {
    "tooled/__init__.py": b"def main():\n    print('command')\n",
    "tooled.pth": b"tooled_inner\n",
    "tooled_inner/inner.py": b"NAME = 'inner'\n",
    f"{DATA}/data/share/tooled/table.csv": b"1,2\n",
    f"{DATA}/data/etc/tooled.conf": b"",
    f"{DATA}/scripts/tooled-script": b"#!python\nimport sys\nprint(sys.argv[1:])\n",
    "tooled-1.0.dist-info/entry_points.txt": b"[console_scripts]\ntooled-command = tooled:main\n",
}


@pytest.fixture(scope="module")
def shop(tmp_path_factory) -> Path:
    root = tmp_path_factory.mktemp("installed") / "shop"
    make_wheel(root, "tooled", files=FILES)
    (root / "src/shop").mkdir(parents=True)
    (root / "src/shop/__init__.py").write_text("")
    (root / "src/shop/job.py").write_text(JOB)
    (root / "pyproject.toml").write_text(PYPROJECT)
    (root / ".gitignore").write_text(".venv\n.sparkferry\n")
    subprocess.run([tool("uv"), "lock", "--quiet", "--offline"], cwd=root, check=True)
    return root


@pytest.fixture(scope="module")
def expected(shop: Path) -> dict[str, object]:
    """What the environment says that uv installs."""
    code = "import json; from shop.job import look; print(json.dumps(look()))"
    argv = [tool("uv"), "run", "--quiet", "--offline", "--no-editable", "python", "-c", code]
    env = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    done = subprocess.run(argv, cwd=shop, env=env, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


@pytest.mark.parametrize("workers", [0, 2])
def test_a_job_finds_what_is_installed(workers, shop, expected, spark_home, spark_cache, tmp_path):
    warm_cli = Cli(
        shop, spark_cache.root, tmp_path / "state", (f"targets.local.workers={workers}",)
    )
    told = warm_cli.outcome("installed")
    assert told["result"]["driver"] == expected
    assert told["result"]["executors"] == [expected] * 2
