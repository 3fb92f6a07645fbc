"""What jobs import and cannot have, on small projects; each line is a finding as a person reads it."""

from pathlib import Path

import msgspec
import pytest

from sparkferry.layers.imports.find import import_findings
from sparkferry.layers.modules.provided import Provided
from sparkferry.project.kinds.local import LocalTarget
from sparkferry.project.model import Job, Packages
from sparkferry.snapshot.create import create_snapshot
from support.repository import MANIFEST, plain_git, project, write

__all__ = ["plain_git"]


@pytest.fixture
def find(tmp_path, cache):
    """Return the findings of a project of these files, whose jobs are modules, scripts or both."""

    def found(files, *entries, job=None, modules=(), unread=(), minor=11, **settings):
        root = tmp_path / "p"
        write(root, {"pyproject.toml": MANIFEST, **files})
        jobs = {entry: job_of(entry) for entry in entries}
        loaded = project(root, jobs=jobs, targets={"local": LocalTarget()}, **settings)
        loaded = msgspec.structs.replace(loaded, job=job)
        provided = Provided(minor=minor, modules=frozenset(modules), unread=frozenset(unread))
        return import_findings(loaded, create_snapshot(loaded), provided, cache)

    return found


def job_of(entry: str) -> Job:
    return Job(script=entry) if entry.endswith(".py") else Job(entry=f"{entry}:run")


def lines(found) -> list[str]:
    return [f"{item} | {item.hint}" for item in found]


EVERY_KIND = """\
from __future__ import annotations
import os.path, json
import pyspark.sql.functions as F
from py4j import x
from sparkferry.runtime import JobContext
import numpy.linalg
import google.cloud.storage
from google.cloud import storage
from p import VERSION
import p.sub.one, space.inner
from p.sub import *
from space import inner
import p.fast
from __main__ import thing
"""


def test_everything_that_a_job_may_import_is_found(find):
    files = {
        "src/p/__init__.py": "from . import job, sub\nfrom .sub import one as uno\nVERSION = '1'\n",
        "src/p/job.py": EVERY_KIND,
        "src/p/sub/__init__.py": "from .one import ONE\n",
        "src/p/sub/one.py": "from ..job import F\nfrom .. import job\n",
        "src/p/fast.cpython-311-x86_64-linux-gnu.so": "",
        "src/space/inner.py": "import p\n",
    }
    assert find(files, "p.job", modules=("numpy", "google.cloud.storage")) == ()


def test_an_import_that_is_nowhere_names_file_line_and_job(find):
    files = {"src/p/__init__.py": "", "src/p/job.py": "import os\n\nimport nowhere.deep\n"}
    assert lines(find(files, "p.job")) == [
        (
            "src/p/job.py:3: error: could not find `nowhere`, imported by job `p.job`: neither the code nor "
            "the packages that ship have it | correct the name, or add the package that brings it to "
            "`dependencies` and lock again"
        )
    ]


def test_an_ignored_module_names_the_line_that_ignores_it(find, tmp_path):
    files = {
        ".gitignore": "*.log\n_version.py\n",
        "src/p/__init__.py": "from ._version import version\n",
        "src/p/_version.py": "version = '1'\n",
        "src/p/job.py": "",
    }
    (found,) = find(files, "p.job")
    assert str(found) == (
        "src/p/__init__.py:1: error: could not find `p._version`, imported by job `p.job`: "
        "`src/p/_version.py` is ignored by `.gitignore:2` (`_version.py`)"
    )
    assert found.hint == 'take it out of there, or name it: `include = ["src/p/_version.py"]`'
    assert find({}, "p.job", include=("src/p/_version.py",)) == ()


@pytest.mark.parametrize(
    ("body", "severity"),
    [
        ("import nowhere", "error"),
        ("def f():\n    import nowhere", "warning"),
        ("try:\n    import nowhere\nexcept ImportError:\n    pass", None),
        ("if TYPE_CHECKING:\n    import nowhere", None),
        ("import sys\nif sys.version_info < (3, 9):\n    import nowhere", None),
        ("import sys\nsys.path.insert(0, 'lib')\nimport nowhere", "warning"),
        ("import importlib\nimportlib.import_module('nowhere')", "warning"),
        ("if __name__ == '__main__':\n    import nowhere", None),
        ("from nowhere import *", "error"),
        ("from p import nothing", "error"),
        ("from p.job import nothing", None),
        ("from . import nothing", "error"),
        ("from .... import far", "error"),
    ],
)
def test_how_grave_it_is(find, body, severity):
    found = find({"src/p/__init__.py": "", "src/p/job.py": f"{body}\n"}, "p.job")
    assert [item.severity for item in found] == ([severity] if severity else [])


def test_doubt_grows_along_the_way(find):
    files = {
        "src/p/__init__.py": "",
        "src/p/job.py": (
            "from p import a\ndef f():\n    from p import b\ntry:\n    from p import c\n"
            "except ImportError:\n    pass\n"
        ),
        "src/p/a.py": "import one\n",
        "src/p/b.py": "import two\n",
        "src/p/c.py": "import three\n",
        "src/p/d.py": "import four\n",
    }
    found = find(files, "p.job")
    assert [(item.file, item.severity) for item in found] == [
        ("src/p/a.py", "error"),
        ("src/p/b.py", "warning"),
    ]


def test_an_open_package_may_have_any_name(find):
    job = {
        "src/p/job.py": "from p.lazy import anything\nfrom p.made import thing\nimport p.made.thing\n"
    }
    lazy = {"src/p/__init__.py": "", "src/p/lazy/__init__.py": "def __getattr__(name): ...\n"}
    made = {"src/p/made/__init__.py": "import sys\nsys.modules['p.made.thing'] = object()\n"}
    assert find({**job, **lazy, **made}, "p.job") == ()


def test_a_run_of_one_job_is_not_stopped_by_another(find):
    files = {
        "src/p/__init__.py": "",
        "src/p/good.py": "import json\n",
        "src/p/bad.py": "import nowhere\n",
    }
    assert find(files, "p.good", "p.bad", job="p.good") == ()
    assert len(find(files, "p.good", "p.bad", job="p.bad")) == 1
    assert len(find(files, "p.good", "p.bad")) == 1


@pytest.mark.parametrize(
    ("extra", "place"),
    [
        ('[dependency-groups]\ndev = ["pandas>=2", {include-group = "x"}]\n', "the group `dev`"),
        ('[project.optional-dependencies]\nfast = ["Pandas"]\n', "the extra `fast`"),
        ('[tool.poetry.group.qa.dependencies]\npandas = "^2"\n', "the group `qa`"),
        ('[tool.poetry.dev-dependencies]\npandas = "^2"\n', "the group `dev`"),
        ('[tool.uv]\ndev-dependencies = ["pandas"]\n', "the group `dev`"),
    ],
)
def test_a_package_of_a_group_that_does_not_ship_is_named(find, extra, place):
    files = {
        "pyproject.toml": MANIFEST + extra,
        "src/p/__init__.py": "",
        "src/p/job.py": "import pandas.io\n",
    }
    (found,) = find(files, "p.job", unread=("numpy",))
    assert found.severity == "error"
    assert f"`pandas` is only in {place}, which does not ship" in found.message
    assert "add `pandas` to `dependencies` and lock again" in found.hint


def test_a_group_that_ships_is_not_blamed(find):
    manifest = MANIFEST + '[dependency-groups]\ndev = ["pandas>=2"]\n'
    files = {"pyproject.toml": manifest, "src/p/job.py": "import pandas\n"}
    (found,) = find(files, "p.job", packages=Packages(groups=("dev",)))
    assert "neither the code nor the packages" in found.message


@pytest.mark.parametrize(
    ("module", "said"),
    [
        ("yaml", "the package `pyyaml` brings it"),
        ("sklearn.svm", "the package `scikit-learn` brings it"),
        ("tkinter", "the packed interpreter leaves `tkinter` out"),
        ("distutils.core", "Python 3.12 removed it, and the target has Python 3.13"),
        ("helprs", "the code that ships does not have it | did you mean `helpers`?"),
        ("job", "`src/p/job.py` is the module `p.job` | import `p.job`"),
        ("outside", "`lib/outside.py` does not ship: it is outside of `src` | move it to `src`"),
        ("sparkferry.cli", "could not find `sparkferry.cli`"),
    ],
)
def test_what_is_known_of_a_missing_module(find, module, said):
    files = {
        "src/p/__init__.py": "",
        "src/helpers.py": "",
        "lib/outside.py": "",
        "src/p/job.py": f"import {module}\n",
    }
    (line,) = lines(find(files, "p.job", minor=13))
    assert said in line


def test_the_standard_library_is_that_of_the_target(find):
    files = {"src/p/__init__.py": "", "src/p/job.py": "import tomllib\n"}
    assert "Python 3.11 added it" in lines(find(files, "p.job", minor=10))[0]
    assert find(files, "p.job", minor=11) == ()


def test_while_a_wheel_has_not_been_read_a_stranger_is_only_a_warning(find):
    files = {"src/p/__init__.py": "", "src/p/job.py": "import yaml\nimport strange\n"}
    (found,) = find(files, "p.job", unread=("pyyaml", "odd"))
    assert (found.severity, found.line) == ("warning", 2)
    assert "2 packages have not been fetched yet" in found.message


def test_what_spark_fetches_may_hold_any_module(find):
    files = {"src/p/__init__.py": "", "src/p/job.py": "import graphframes\n"}
    (found,) = find(
        files, "p.job", spark_conf={"spark.jars.packages": "graphframes:graphframes:0.8"}
    )
    assert found.severity == "warning"


def test_invalid_source_that_a_job_reaches_is_an_error(find):
    files = {
        "src/p/__init__.py": "",
        "src/p/job.py": "from p import old\n",
        "src/p/old.py": "x = 1\nprint 'x'\n",
        "src/p/unreached.py": "print 'x'\n",
    }
    (found,) = find(files, "p.job")
    assert (found.file, found.line, found.severity) == ("src/p/old.py", 2, "error")
    assert found.message.startswith("could not read the code of job `p.job`: ")


def test_what_lies_beside_a_script_is_found_before_all_else(find):
    files = {
        "jobs/etl.py": "import helpers\nfrom utils.schema import S\nimport json\n",
        "jobs/helpers.py": "import deep.down\nimport p\n",
        "jobs/deep/down.py": "from . import further\n",
        "jobs/deep/further.py": "",
        "jobs/utils/schema.py": "S = 1\n",
        "src/p/__init__.py": "",
    }
    assert find(files, "jobs/etl.py") == ()
    (found,) = find({**files, "src/p/job.py": "import helpers\n"}, "p.job", "jobs/etl.py")
    assert "`jobs/helpers.py` is the module" in found.message


def test_a_relative_import_of_a_script_can_never_succeed(find):
    (found,) = find(
        {"jobs/etl.py": "from .helpers import x\n", "jobs/helpers.py": ""}, "jobs/etl.py"
    )
    assert (found.severity, found.line) == ("error", 1)
    assert (
        "could not import `.helpers`: a script or top-level module has no package" in found.message
    )


def test_a_namespace_that_code_and_packages_share(find):
    files = {
        "src/company/jobs/daily.py": "import company.common.io\nfrom company import jobs, other\n",
    }
    (found,) = find(files, "company.jobs.daily", modules=("company.common",))
    assert found.message.startswith("could not find `company.other`")


def test_a_windows_checkout(find):
    files = {
        "src/p/__init__.py": b"\xef\xbb\xbf\r\n",
        "src/p/job.py": b"\xef\xbb\xbfimport json\r\nfrom p import local\r\n",
        "src/p/local.py": b"x = 1\r\n",
        ".gitignore": b"\xef\xbb\xbflocal.py\r\n",
    }
    (found,) = find(files, "p.job")
    assert (found.line, found.severity) == (2, "error")
    assert "`src/p/local.py` is ignored by `.gitignore:1` (`local.py`)" in found.message


def test_nothing_is_found_twice_and_a_mended_file_is_read_again(find, tmp_path: Path):
    files = {"src/p/__init__.py": "", "src/p/job.py": "import nowhere\n"}
    assert find(files, "p.job") == find(files, "p.job")
    assert find({"src/p/job.py": "import somewhere\n"}, "p.job")[0].message.startswith(
        "could not find `somewhere`"
    )
