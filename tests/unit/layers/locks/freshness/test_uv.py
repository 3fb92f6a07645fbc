"""What uv.lock says it was made from, beyond what the real uv is asked about in the property test."""

import pytest

from sparkferry.layers.locks.freshness.uv import uv_findings
from sparkferry.layers.locks.lock import find_lock
from support.projects import Laptop, project_at
from support.wheels import make_wheel

BUILT = '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'


@pytest.fixture
def served(index):
    for version in ("1.0", "2.0"):
        make_wheel(index.directory, "alpha", version)
        make_wheel(index.directory, "beta", version)
    return index


def verdict(laptop: Laptop, root=None) -> list[tuple[str, str]]:
    project = project_at(root or laptop.root)
    lock = find_lock(project)
    assert lock is not None
    return [
        (item.severity, item.message.partition("pyproject.toml: ")[2])
        for item in uv_findings(project, lock)
    ]


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        ("", 'resolution = "lowest"', "it was made without `resolution = 'lowest'`"),
        ('resolution = "lowest"', 'resolution = "lowest"', None),
        # What only the lock has may be of a variable or of the user's own settings.
        ('resolution = "lowest"', "", None),
        ('exclude-newer = "2026-01-31"', "", None),
        ('exclude-newer = "2026-01-31"', 'exclude-newer = "2026-01-31"', None),
        (
            'exclude-newer = "2026-01-31"',
            'exclude-newer = "2026-03-31"',
            "it was made without `exclude-newer = '2026-03-31'`",
        ),
        ('exclude-newer = "2026-01-31T00:00:00Z"', 'exclude-newer = "2026-01-31T00:00:00Z"', None),
        ('exclude-newer = "7 days"', 'exclude-newer = "1 week"', None),
        (
            'exclude-newer = "7 days"',
            'exclude-newer = "8 days"',
            "it was made without `exclude-newer = '8 days'`",
        ),
    ],
)
def test_settings_of_the_resolver(served, laptop: Laptop, before, after, reason):
    laptop.project(extra=f"[tool.uv]\n{before}")
    laptop.uv("lock")
    laptop.project(extra=f"[tool.uv]\n{after}")
    assert verdict(laptop) == ([("error", reason)] if reason else [])


def test_dependency_metadata(served, laptop: Laptop):
    table = '[[tool.uv.dependency-metadata]]\nname = "alpha"\nversion = "2.0"\nrequires-dist = {}\n'
    laptop.project("alpha", extra=table.format('["beta"]'))
    laptop.uv("lock")
    assert verdict(laptop) == []
    laptop.project("alpha", extra=table.format('["beta<2"]'))
    assert verdict(laptop) == [("error", "it was made with other `dependency-metadata` of `alpha`")]


@pytest.fixture
def workspace(served, laptop: Laptop) -> Laptop:
    """The project ``demo`` with the member ``lib``, and a package beside the workspace."""
    write_library(laptop, "packages/lib", "lib", '"alpha"')
    write_library(laptop, "../beside", "beside", '"beta"')
    laptop.project(
        "lib",
        "beside",
        extra='[tool.uv.workspace]\nmembers = ["packages/*"]\n[tool.uv.sources]\n'
        'lib = { workspace = true }\nbeside = { path = "../beside", editable = true }\n',
    )
    laptop.uv("lock")
    assert verdict(laptop) == []
    return laptop


def write_library(laptop: Laptop, place: str, name: str, dependencies: str) -> None:
    laptop.write(
        f"{place}/pyproject.toml",
        f'[project]\nname = "{name}"\nversion = "1"\nrequires-python = ">=3.11"\n'
        f"dependencies = [{dependencies}]\n{BUILT}",
    )


def test_a_member_that_asks_for_more(workspace: Laptop):
    write_library(workspace, "packages/lib", "lib", '"alpha", "beta"')
    assert verdict(workspace) == [("error", "packages/lib/pyproject.toml: it does not know `beta`")]
    assert verdict(workspace, workspace.root / "packages" / "lib") == verdict(workspace)


def test_a_package_beside_the_workspace_that_asks_for_another_version(workspace: Laptop):
    write_library(workspace, "../beside", "beside", '"beta<2"')
    reason = "it was made with `beta`, and `beta<2` is asked for"
    assert verdict(workspace) == [("error", f"../beside/pyproject.toml: {reason}")]


def test_a_member_more(workspace: Laptop):
    write_library(workspace, "packages/new", "new", "")
    assert verdict(workspace) == [("error", "it does not know the member `new`")]


def test_a_project_that_is_not_in_the_lock(workspace: Laptop):
    write_library(workspace, "elsewhere", "elsewhere", "")
    assert verdict(workspace, workspace.root / "elsewhere")[0] == (
        "error",
        "it does not have the project `demo`",
    )


def test_a_root_that_is_no_project(served, laptop: Laptop):
    write_library(laptop, "packages/lib", "lib", "")
    root = '[tool.uv.workspace]\nmembers = ["packages/*"]\n[dependency-groups]\ndev = [{}]\n'
    laptop.write("pyproject.toml", root.format('"alpha"'))
    laptop.uv("lock")
    member = laptop.root / "packages" / "lib"
    assert verdict(laptop, member) == []
    laptop.write("pyproject.toml", root.format('"alpha>1"'))
    reason = "group `dev`: it was made with `alpha`, and `alpha>1` is asked for"
    assert verdict(laptop, member) == [("error", reason)]


def dynamic(laptop: Laptop, table: str) -> None:
    laptop.write(
        "pyproject.toml",
        '[project]\nname = "demo"\nversion = "0"\nrequires-python = ">=3.11"\n'
        f'dynamic = ["dependencies"]\n{table}',
    )


def test_dynamic_dependencies_in_a_file(served, laptop: Laptop):
    laptop.project("alpha")
    laptop.uv("lock")
    dynamic(laptop, '[tool.setuptools.dynamic]\ndependencies = { file = ["requirements.in"] }\n')
    laptop.write("requirements.in", "alpha\n")
    assert verdict(laptop) == []
    laptop.write("requirements.in", "alpha\nbeta\n")
    assert verdict(laptop) == [("error", "it does not know `beta`")]


def test_dynamic_dependencies_that_only_the_backend_knows(served, laptop: Laptop):
    laptop.project("alpha")
    laptop.uv("lock")
    dynamic(laptop, BUILT.replace('"hatchling"', '"flit"'))
    assert ("warning", _UNKNOWN) in verdict(laptop)


_UNKNOWN = "`dependencies` of `demo` are known only to the build backend `hatchling.build`"


def test_dynamic_dependencies_of_poetry(served, laptop: Laptop):
    laptop.project("alpha>=1.0,<2")
    laptop.uv("lock")
    dynamic(laptop, '[tool.poetry.dependencies]\nalpha = "^1.0"\n')
    assert verdict(laptop) == []
    dynamic(laptop, '[tool.poetry.dependencies]\nalpha = "^1.0"\nbeta = "*"\n')
    assert verdict(laptop) == [("error", "it does not know `beta`")]
    dynamic(laptop, '[tool.poetry.dependencies]\nalpha = "^1 || ^2"\n')
    assert verdict(laptop) == [("warning", "constraints of Poetry were compared by name alone")]


OLD = """\
version = 1
requires-python = ">=3.11"

[[package]]
name = "demo"
version = "0"
source = { virtual = "." }
dependencies = [{ name = "alpha", marker = "python_version < '3.13'" }]

[package.dev-dependencies]
dev = [{ name = "beta" }]

[package.metadata]
requires-dist = [{ name = "alpha", marker = "python_version < '3.13'", specifier = ">=1" }]

[package.metadata.requires-dev]
dev = [{ name = "beta" }]
"""


def test_a_lock_of_the_first_revision(served, laptop: Laptop):
    groups = '[dependency-groups]\ndev = ["beta"]\nempty = []\n'
    wanted = "alpha>=1; python_full_version < '3.13'"
    laptop.write("uv.lock", OLD)
    extras = "optional-dependencies.none = []\n"
    laptop.project(wanted, extra=extras + groups)
    assert verdict(laptop) == []
    laptop.project(wanted, extra=groups.replace("beta", "gamma"))
    assert [reason for _, reason in verdict(laptop)] == [
        "group `dev`: it was made with `beta`, which is not asked for",
        "group `dev`: it does not know `gamma`",
    ]


def test_a_lock_without_metadata_is_compared_by_name(served, laptop: Laptop):
    entry = OLD.partition("[package.metadata]")[0].replace(
        "version = 1\n", "version = 1\nrevision = 4\n", 1
    )
    laptop.write("uv.lock", entry)
    laptop.project("alpha>=1")
    assert verdict(laptop) == []
    laptop.project("alpha>=1", "beta", "gamma", "never; python_version < '3'")
    assert verdict(laptop) == [("error", "it does not know `gamma`")]
