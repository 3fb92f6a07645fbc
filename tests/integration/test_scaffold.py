"""What `sparkferry init` writes, as its user tests it: with uv, as its README says."""

import os
import subprocess
from pathlib import Path

import pytest

from sparkferry.cli.main import invoke
from sparkferry.process import tool

pytestmark = pytest.mark.spark

CHECKOUT = Path(__file__).parents[2]


def test_the_tests_of_a_new_project_pass(tmp_path: Path):
    root = tmp_path / "flights"
    assert invoke(["init", str(root)]) == 0
    # sparkferry itself is this checkout, which is on no index; the environment is the project's own.
    argv = [tool("uv"), "run", "--quiet", "--with-editable", str(CHECKOUT), "pytest", "-q"]
    environ = {key: value for key, value in os.environ.items() if key != "VIRTUAL_ENV"}
    done = subprocess.run(
        argv, cwd=root, env=environ, capture_output=True, text=True, check=False, timeout=500
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 passed" in done.stdout
