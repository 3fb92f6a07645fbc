"""Poetry 1's lock: packages are followed from pyproject.toml."""

import tomllib

import pytest

from sparkferry.layers.locks.poetry_walk import reached
from sparkferry.layers.model import Environment

PY312 = Environment(python="3.12.1", platform="linux/amd64", glibc=(2, 36))
LOCK = """
[[package]]
name = "web"
version = "1.0"
python-versions = ">=3.8"
[package.dependencies]
core = "^1.2"
colours = {version = "*", markers = "sys_platform == \\"win32\\""}
speed = {version = ">=2", optional = true, markers = "extra == \\"fast\\""}
[package.extras]
fast = ["speed (>=2)"]

[[package]]
name = "core"
version = "1.3"
python-versions = ">=3.8"
[package.dependencies]
Web = {version = "*", extras = ["fast"]}

[[package]]
name = "colours"
version = "1.0"
python-versions = "*"

[[package]]
name = "speed"
version = "2.0"
python-versions = "*"

[[package]]
name = "old"
version = "1.0"
python-versions = "<3.12"

[[package]]
name = "old"
version = "2.0"
python-versions = ">=3.12"

[[package]]
name = "tests-alone"
version = "1.0"
python-versions = "*"
"""
LOOP = LOCK.replace('Web = {version = "*", extras = ["fast"]}', "")


@pytest.mark.parametrize(
    ("lock", "asked", "found"),
    [
        (LOOP, "web", ["core 1.3", "web 1.0"]),
        (LOOP, "web[fast]>=1", ["core 1.3", "speed 2.0", "web 1.0"]),
        (LOCK, "web", ["core 1.3", "speed 2.0", "web 1.0"]),
        (LOOP, "old", ["old 2.0"]),
        (LOOP, "old<2", []),
        (LOOP, "colours ; python_version < '3.9'", []),
        (LOOP, "Tests_Alone", ["tests-alone 1.0"]),
    ],
)
def test_what_a_requirement_leads_to(lock, asked, found):
    packages = reached(tomllib.loads(lock), [(asked, frozenset())], PY312)
    assert [f"{package['name']} {package['version']}" for package in packages] == found


def test_a_marker_may_ask_for_the_projects_extra():
    asked = [("speed ; extra == 'quick'", frozenset({extra})) for extra in ("quick", "other")]
    assert len(reached(tomllib.loads(LOOP), asked[:1], PY312)) == 1
    assert reached(tomllib.loads(LOOP), asked[1:], PY312) == []
