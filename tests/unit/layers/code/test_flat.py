"""What ships of a project whose code lies beside its pyproject.toml."""

import zipfile

import pytest

from sparkferry.layers.code.contents import BOOTSTRAP
from sparkferry.layers.code.layer import code_layer, entry_problems
from sparkferry.project.model import Job
from sparkferry.snapshot.create import create_snapshot
from support.repository import MANIFEST, plain_git, project, write

__all__ = ["plain_git"]


@pytest.fixture
def shipped(tmp_path, cache):
    """Return the names in the code layer of a project of these files, without the runtime's."""

    def names(files, **settings):
        root = tmp_path / "p"
        content = files if isinstance(files, dict) else dict.fromkeys(files, "")
        write(root, {"pyproject.toml": MANIFEST, **content})
        loaded = project(root, **settings)
        snapshot = create_snapshot(loaded)
        assert entry_problems(loaded, snapshot) == ()
        with zipfile.ZipFile(code_layer(loaded, snapshot, cache).path) as archive:
            return {
                name
                for name in archive.namelist()
                if name != BOOTSTRAP and not name.startswith("sparkferry/")
            }

    return names


def test_directories_without_init_ship_whole_if_a_job_imports_from_them(shipped):
    files = {
        "jobs/etl.py": "from shared.transform import clean\n",
        "shared/transform.py": "import deep.down.x\n",
        "shared/query.sql": "",
        "deep/down/x.py": "",
        "notebooks/look.py": "import shared.transform\n",
        "docs/conf.py": "",
        "data/flights.csv": "",
        "conf/settings.json": "",
        "tests/test_etl.py": "import jobs.etl\n",
    }
    assert shipped(files, jobs={"etl": Job(entry="jobs.etl:run")}) == {
        "jobs/etl.py", "shared/transform.py", "shared/query.sql", "deep/down/x.py",
    }  # fmt: skip


def test_packages_that_ship_anyway_bring_what_they_import(shipped):
    files = {
        "app/__init__.py": "",
        "app/plugin.py": "import helpers.a\nfrom typing import TYPE_CHECKING\n"
        "if TYPE_CHECKING:\n    import stubs.a\n",
        "helpers/a.py": "",
        "stubs/a.py": "",
        "steps/one.py": "",
        "tool.py": "import importlib\ndef load(n): return importlib.import_module(f'steps.{n}')\n",
    }
    assert shipped(files) == {
        "app/__init__.py", "app/plugin.py", "helpers/a.py", "steps/one.py", "tool.py",
    }  # fmt: skip


def test_tests_and_tools_ship_if_code_imports_them(shipped):
    files = {
        "app/__init__.py": "from tests import fixtures\nimport conftest\n",
        "tests/__init__.py": "",
        "tests/fixtures.py": "",
        "conftest.py": "",
        "setup.py": "",
        "test_a.py": "",
    }
    assert shipped(files) == {
        "app/__init__.py", "tests/__init__.py", "tests/fixtures.py", "conftest.py",
    }  # fmt: skip


def test_the_directory_of_a_script_ships_whole(shipped):
    files = {
        "jobs/etl.py": "from utils.schema import S\nimport helpers\nimport shared.x\n",
        "jobs/helpers.py": "",
        "jobs/utils/schema.py": "S = 1\n",
        "jobs/query.sql": "",
        "shared/x.py": "",
        "other/y.py": "",
    }
    assert shipped(files, jobs={"etl": Job(script="jobs/etl.py")}) == {
        "jobs/etl.py", "jobs/helpers.py", "jobs/utils/schema.py", "jobs/query.sql", "shared/x.py",
        "sitecustomize.py",
    }  # fmt: skip


def test_a_script_beside_pyproject_brings_what_it_imports(shipped):
    files = {
        "etl.py": "import helpers, p\nfrom lib import x\n",
        "helpers.py": "",
        "lib/x.py": "",
        "other.py": "",
        "notebooks/a.py": "",
        "src/p/__init__.py": "",
    }
    assert shipped(files, jobs={"etl": Job(script="./etl.py")}) == {
        "etl.py", "helpers.py", "lib/x.py", "p/__init__.py",
    }  # fmt: skip


def test_without_scripts_there_is_no_sitecustomize_and_the_users_own_ships(shipped):
    files = {"src/sitecustomize.py": "", "src/p.py": ""}
    assert shipped(files) == {"sitecustomize.py", "p.py"}
