"""Locks that do not say what they were made from: what ships must satisfy pyproject.toml."""

import pytest

from sparkferry.layers.environment import host_glibc
from sparkferry.layers.interpreter.prefix import host_platform
from sparkferry.layers.locks.freshness.direct import direct_findings
from sparkferry.layers.locks.lock import find_lock
from sparkferry.layers.model import Artifact, Environment, Pin
from support.projects import Laptop

HERE = Environment(
    python="3.12", platform=host_platform() or "linux/amd64", glibc=host_glibc() or (2, 17)
)


def pins(**versions: str) -> dict[str, Pin]:
    return {
        name: Pin(name=name, version=version, artifact=Artifact(name=name, url=None))
        for name, version in versions.items()
    }


def verdict(laptop: Laptop, extra: str, there: dict[str, Pin], *wanted: str, **packages: object):
    laptop.write("pylock.toml", "")
    project = laptop.project(*wanted, extra=extra, **packages)
    lock = find_lock(project)
    assert lock is not None
    return [str(item) for item in direct_findings(project, lock, there, HERE)]


TABLES = """\
[project.optional-dependencies]
One = ["beta>=2; extra == 'one' and sys_platform == 'linux'", "gone; sys_platform == 'win32'"]
all = ["demo[one]", "gamma"]
[dependency-groups]
dev = ["delta", { include-group = "more" }]
more = ["epsilon"]
"""


def test_extras_and_groups_that_do_not_ship_are_not_asked_for(laptop: Laptop):
    assert verdict(laptop, TABLES, pins(alpha="1.0"), "alpha") == []


@pytest.mark.parametrize(
    ("packages", "lacking"),
    [
        ({"extras": ("one",)}, ["`beta`"]),
        ({"extras": ("ALL",)}, ["`gamma`", "`beta`"]),
        ({"groups": ("dev",)}, ["`delta`", "`epsilon`"]),
        ({"groups": ("more",), "extras": ("one",)}, ["`epsilon`", "`beta`"]),
    ],
)
def test_extras_and_groups_that_ship_must_be_there(laptop: Laptop, packages, lacking):
    found = verdict(laptop, TABLES, pins(alpha="1.0"), "alpha", **packages)
    assert [text.partition("does not have ")[2].partition(",")[0] for text in found] == lacking


def test_an_extra_of_another_version(laptop: Laptop):
    (found,) = verdict(laptop, TABLES, pins(beta="1.0"), extras=("one",))
    assert "has beta 1.0, pyproject.toml wants `beta>=2; extra == 'one'" in found


def test_sparkferry_itself_is_never_in_the_packages(laptop: Laptop):
    assert verdict(laptop, "", {}, "sparkferry") == []


def test_dependencies_that_only_a_backend_knows(laptop: Laptop):
    laptop.write("pylock.toml", "")
    project = laptop.project()
    laptop.write("pyproject.toml", '[project]\nname = "demo"\ndynamic = ["dependencies"]\n')
    lock = find_lock(project)
    assert lock is not None
    (found,) = direct_findings(project, lock, {}, HERE)
    assert str(found) == (
        "pylock.toml: warning: could not compare all of `pylock.toml` with pyproject.toml: "
        "`dependencies` is dynamic, and known only to `setup.py`"
    )
