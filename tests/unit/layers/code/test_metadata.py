"""The project's own metadata, as Python finds it in the code layer."""

import importlib.metadata
import os
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from email.message import Message
from pathlib import Path
from types import MappingProxyType

import pytest

from sparkferry.base.cache import Cache
from sparkferry.layers.code.layer import code_layer, code_warnings
from sparkferry.process import tool
from sparkferry.project.load import load
from sparkferry.snapshot.create import create_snapshot
from support.repository import plain_git, write

__all__ = ["plain_git"]

SPARK = '[tool.sparkferry]\nspark = "4.0"\n'
WHOLE = """
[project]
name = "My.Shop"
version = "1.0.0-rc1"
requires-python = ">=3.11"
dependencies = ["numpy>=2", "tzdata; sys_platform == 'win32'"]
optional-dependencies = { plot = ["matplotlib", "pillow>=10; python_full_version < '3.13'"] }
scripts = { shop = "my_shop.cli:main" }
gui-scripts = { shop-window = "my_shop.cli:App.run" }

[project.entry-points."shop.readers"]
csv = "my_shop.readers:Csv [plot]"

[build-system]
requires = ["uv_build"]
build-backend = "uv_build"
"""


def found(
    root: Path, text: str, files: Mapping[str, str] = MappingProxyType({})
) -> importlib.metadata.Distribution | None:
    """Return the metadata of a project with the pyproject.toml ``text``."""
    write(root, {"pyproject.toml": f"{text}\n{SPARK}", "src/my_shop/__init__.py": "", **files})
    project = load(root, environ={})
    layer = code_layer(project, create_snapshot(project), Cache(root.parent / "cache"))
    place = root.parent / f"unpacked {layer.digest}"
    with zipfile.ZipFile(layer.path) as archive:
        archive.extractall(place)
        for info in archive.infolist():
            (place / info.filename).chmod(info.external_attr >> 16)
    context = importlib.metadata.DistributionFinder.Context(name=project.name, path=[str(place)])
    return next(iter(importlib.metadata.MetadataPathFinder.find_distributions(context)), None)


def warnings(root: Path) -> list[str]:
    project = load(root, environ={})
    return [item.message for item in code_warnings(project, create_snapshot(project))]


def requirements(message: Message) -> set[str]:
    from packaging.requirements import Requirement

    return {str(Requirement(text)) for text in message.get_all("Requires-Dist", [])}


def test_it_is_that_of_the_wheel_that_uv_builds(tmp_path: Path):
    ours = found(tmp_path / "p", WHOLE)
    argv = [tool("uv"), "build", "--wheel", "--offline", "--quiet", "--out-dir", tmp_path / "w"]
    subprocess.run(argv, cwd=tmp_path / "p", check=True, env={**os.environ, "UV_PREVIEW": "1"})
    (wheel,) = (tmp_path / "w").glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "theirs")
    (path,) = (tmp_path / "theirs").glob("*.dist-info")
    theirs = importlib.metadata.Distribution.at(path)
    assert (ours.version, ours.name) == (theirs.version, theirs.name)
    for field in ("Requires-Python", "Provides-Extra"):
        assert ours.metadata.get_all(field) == theirs.metadata.get_all(field)
    assert requirements(ours.metadata) == requirements(theirs.metadata)
    assert set(ours.entry_points) == set(theirs.entry_points)


def test_it_lists_the_files_of_the_project_alone(tmp_path: Path):
    ours = found(tmp_path / "p", WHOLE, {"src/my_shop/data": "1"})
    files = {str(path): path for path in ours.files}
    assert {"my_shop/__init__.py", "bin/shop", "my_shop-1.0.0rc1.dist-info/RECORD"} < files.keys()
    assert not [name for name in files if name.startswith("sparkferry")]
    assert all(path.locate().exists() for path in files.values())
    assert os.access(files["bin/shop-window"].locate(), os.X_OK)
    assert ours.read_text("INSTALLER") == "sparkferry\n"


HATCH = 'build-backend = "hatchling.build"'
SETUPTOOLS = 'build-backend = "setuptools.build_meta"'
VERSIONS = {
    "attribute": (SETUPTOOLS, '[tool.setuptools.dynamic]\nversion = { attr = "my_shop.V" }'),
    "file": (SETUPTOOLS, '[tool.setuptools.dynamic]\nversion = { file = ["VERSION"] }'),
    "path": (HATCH, '[tool.hatch.version]\npath = "src/my_shop/about.py"'),
    "pattern": (
        HATCH,
        "[tool.hatch.version]\npath = 'VERSION'\npattern = '(?P<version>[^\\s]+)'",
    ),
    "flit": ('build-backend = "flit_core.buildapi"', '[tool.flit.module]\nname = "my_shop.about"'),
    "pdm": (
        'build-backend = "pdm.backend"',
        '[tool.pdm.version]\nsource = "file"\npath = "src/my_shop/about.py"',
    ),
    "poetry": ('build-backend = "poetry.core.masonry.api"', '[tool.poetry]\nversion = "2024.01"'),
}


@pytest.mark.parametrize(("backend", "table"), VERSIONS.values(), ids=VERSIONS.keys())
def test_a_version_is_read_where_the_backend_reads_it(backend, table, tmp_path: Path):
    text = f'[project]\nname = "shop"\ndynamic = ["version"]\n[build-system]\n{backend}\n{table}'
    files = {
        "VERSION": "2024.1\n",
        "src/my_shop/__init__.py": "V = (2024, 1)\n",
        "src/my_shop/about.py": '"""About."""\n__version__: str = "2024.01"  # calendar\n',
    }
    assert found(tmp_path / "p", text, files).version == "2024.1"
    assert warnings(tmp_path / "p") == []


UNKNOWN = {
    "scm": ('build-backend = "setuptools.build_meta"', "[tool.setuptools_scm]"),
    "vcs": (HATCH, '[tool.hatch.version]\nsource = "vcs"'),
    "computed": (SETUPTOOLS, '[tool.setuptools.dynamic]\nversion = { attr = "my_shop.about.V" }'),
}


@pytest.mark.parametrize(("backend", "table"), UNKNOWN.values(), ids=UNKNOWN.keys())
def test_a_version_that_only_the_backend_knows_is_told_of(backend, table, tmp_path: Path):
    text = f'[project]\nname = "shop"\ndynamic = ["version"]\n[build-system]\n{backend}\n{table}'
    files = {"src/my_shop/about.py": "V = '.'.join(('1', '2'))\n"}
    assert found(tmp_path / "p", text, files).version == "0+unknown"
    assert warnings(tmp_path / "p") == [
        (
            "the metadata of `shop` ships without its `version`, which only a build tells: "
            "its version is `0+unknown`"
        )
    ]


POETRY = """
[project]
name = "shop"
version = "1"
[tool.poetry.scripts]
shop = "my_shop.cli:main"
file = { reference = "bin/file.sh", type = "file" }
[tool.poetry.plugins."shop.readers"]
csv = "my_shop.readers:Csv"
"""


def test_entry_points_of_poetry_and_setuptools_are_read(tmp_path: Path):
    ours = found(tmp_path / "one", POETRY)
    expected = {("console_scripts", "shop", "my_shop.cli:main")}
    readers = {("shop.readers", "csv", "my_shop.readers:Csv")}
    assert {(x.group, x.name, x.value) for x in ours.entry_points} == expected | readers
    text = '[project]\nname = "shop"\nversion = "1"\ndynamic = ["scripts"]\n'
    config = "[options.entry_points]\nconsole_scripts =\n    shop = my_shop.cli:main\n"
    ours = found(tmp_path / "two", text, {"setup.cfg": config})
    assert {(x.group, x.name, x.value) for x in ours.entry_points} == expected
    assert warnings(tmp_path / "two") == []
    found(tmp_path / "three", text, {"setup.py": "..."})
    assert "without its `scripts`" in warnings(tmp_path / "three")[0]


NONE = {
    "no package": '[project]\nname = "shop"\nversion = "1"\n[tool.uv]\npackage = false\n',
    "package mode": '[project]\nname = "shop"\nversion = "1"\n[tool.poetry]\npackage-mode = false',
    "no version": '[project]\nname = "shop"\n',
}


@pytest.mark.parametrize("text", NONE.values(), ids=NONE.keys())
def test_what_is_no_package_has_no_metadata(text: str, tmp_path: Path):
    assert found(tmp_path / "p", text) is None


def test_tables_of_a_wrong_shape_are_passed_over(tmp_path: Path):
    text = """
    [project]
    name = "shop"
    version = "1"
    dynamic = "x"
    scripts = ["a"]
    entry-points = { a = "b", c = { d = 1 } }
    optional-dependencies = { x = "y" }
    [tool]
    poetry = { scripts = 1, plugins = { a = 2 } }
    setuptools = { dynamic = { entry-points = { file = 3 }, version = { file = 4 } } }
    """
    ours = found(tmp_path / "p", text.replace("\n    ", "\n"))
    assert (ours.version, list(ours.entry_points)) == ("1", [])


def test_what_an_editable_installation_left_behind_is_not_found(tmp_path: Path):
    left = {"src/shop.egg-info/PKG-INFO": "Metadata-Version: 2.1\nName: shop\nVersion: 0.1\n"}
    text = '[project]\nname = "shop"\nversion = "1"\n'
    ours = found(tmp_path / "p", text, left)
    assert ours.version == "1"
    assert not [path for path in ours.files if "egg-info" in str(path)]


def test_scripts_run_beside_the_interpreter(tmp_path: Path):
    cli = {
        "src/my_shop/cli.py": "import sys\ndef main(): print(sys.argv[1:])\nclass App: run = main\n"
    }
    ours = found(tmp_path / "p", WHOLE, cli)
    place = ours.locate_file("")
    home = tmp_path / "home"
    (home / "python/bin").mkdir(parents=True)
    (home / "python/bin/python3").symlink_to(sys.executable)
    (home / "code").symlink_to(place)
    env = {"PYTHONPATH": str(place), "PATH": os.defpath}
    argv = [home / "code/bin/shop", "a b"]
    done = subprocess.run(argv, env=env, capture_output=True, text=True, check=True)
    assert done.stdout == "['a b']\n"
