"""What pyproject.toml requires, in each of its forms."""

import tomllib

import pytest

from sparkferry.project.declared.poetry_constraint import alternatives, python_range
from sparkferry.project.declared.read import declared

POETRY = """\
[tool.poetry]
name = "demo"
[tool.poetry.dependencies]
python = "^3.11"
Alpha = "^1.2"
beta = { version = "~2.1", extras = ["x"], python = "<3.13", markers = "os_name == 'posix'" }
gamma = { git = "https://example.invalid/gamma.git", tag = "v1" }
delta = { version = "1.0", optional = true }
twice = [{ version = "1.*", python = "<3.12" }, { version = "2.*", python = ">=3.12" }]
either = "^1 || ^3"
[tool.poetry.extras]
More = ["delta"]
[tool.poetry.group.Test.dependencies]
epsilon = "*"
[tool.poetry.group.all]
include-groups = ["test"]
[tool.poetry.dev-dependencies]
zeta = ">=1,<2"
"""


@pytest.mark.parametrize(
    ("text", "specifiers"),
    [
        ("*", ("",)),
        ("^1.2.3", (">=1.2.3,<2",)),
        ("^0.2.3", (">=0.2.3,<0.3",)),
        ("^0.0.3", (">=0.0.3,<0.0.4",)),
        ("^0.0", (">=0.0,<0.1",)),
        ("~1.2.3", (">=1.2.3,<1.3",)),
        ("~1", (">=1,<2",)),
        ("1.2.*", ("==1.2.*",)),
        ("1.2", ("==1.2",)),
        ("<>1.2", ("!=1.2",)),
        (">=1 , <2", (">=1,<2",)),
        (">=1 <2", (">=1,<2",)),
        ("~=1.2", ("~=1.2",)),
        ("^1 || ^3", (">=1,<2", ">=3,<4")),
    ],
)
def test_constraints_of_poetry(text, specifiers):
    assert alternatives(text) == specifiers


@pytest.mark.parametrize("text", ["about 2", "^", ">=", "1.0 or 2.0"])
def test_what_is_not_a_constraint_of_poetry(text):
    with pytest.raises(ValueError, match="is not a version constraint"):
        alternatives(text)


def test_the_python_of_several_ranges():
    assert python_range("^3.11") == ">=3.11,<4"
    assert python_range("~3.8 || ~3.10") == ">=3.8,<3.11,!=3.9.*"
    assert python_range("^2.7 || ^3.6") == ">=3.6"
    with pytest.raises(ValueError, match="admits no Python 3"):
        python_range("~2.6 || ~2.7")


def test_the_tables_of_poetry(tmp_path):
    found = declared(tomllib.loads(POETRY), tmp_path)
    assert (found.name, found.requires_python, found.unknown) == ("demo", ">=3.11,<4", ())
    assert found.dependencies == (
        "Alpha>=1.2,<2",
        "beta[x]>=2.1,<2.2 ; (os_name == 'posix') and (python_full_version < '3.13')",
        "gamma",
        "twice==1.* ; (python_full_version < '3.12')",
        "twice==2.* ; (python_full_version >= '3.12')",
        "either",
    )
    assert found.extras == {"more": ("delta==1.0",)}
    assert found.groups == {"test": ("epsilon",), "all": ("epsilon",), "dev": ("zeta>=1,<2",)}


def test_the_tables_of_the_standard_and_of_uv(tmp_path):
    text = """\
[project]
name = "demo"
dependencies = ["alpha"]
optional-dependencies.Some_Extra = ["beta"]
[dependency-groups]
Dev = ["gamma", { include-group = "more.tests" }]
more-tests = ["delta"]
[tool.uv]
dev-dependencies = ["epsilon"]
"""
    found = declared(tomllib.loads(text), tmp_path)
    assert found.extras == {"some-extra": ("beta",)}
    assert found.groups == {"dev": ("gamma", "delta", "epsilon"), "more-tests": ("delta",)}


def test_a_group_that_includes_itself(tmp_path):
    text = '[project]\nname = "a"\n[dependency-groups]\na = [{ include-group = "a" }]\n'
    with pytest.raises(ValueError, match="group `a` includes itself"):
        declared(tomllib.loads(text), tmp_path)


DYNAMIC = '[project]\nname = "a"\ndynamic = ["dependencies", "optional-dependencies"]\n'


@pytest.mark.parametrize(
    "table",
    [
        (
            '[tool.setuptools.dynamic]\ndependencies = { file = ["one.in", "two.in"] }\n'
            'optional-dependencies.x = { file = "x.in" }\n'
        ),
        (
            "[tool.hatch.metadata.hooks.requirements_txt]\n"
            'files = ["one.in", "two.in"]\noptional-dependencies.x = ["x.in"]\n'
        ),
    ],
)
def test_dependencies_in_files(tmp_path, table):
    (tmp_path / "one.in").write_bytes(b"\xef\xbb\xbf# some\r\nalpha>=1  # why\r\n\r\n")
    (tmp_path / "two.in").write_text("beta\n")
    (tmp_path / "x.in").write_text("gamma\n")
    found = declared(tomllib.loads(DYNAMIC + table), tmp_path)
    assert (found.dependencies, found.extras) == (("alpha>=1", "beta"), {"x": ("gamma",)})
    assert found.unknown == ()


def test_what_only_a_build_backend_knows(tmp_path):
    backend = '[build-system]\nrequires = []\nbuild-backend = "some.backend"\n'
    found = declared(tomllib.loads(DYNAMIC + backend), tmp_path)
    assert (found.unknown, found.backend) == (
        ("dependencies", "optional-dependencies"),
        "some.backend",
    )
    assert declared({}, tmp_path).unknown == ("dependencies", "optional-dependencies")
