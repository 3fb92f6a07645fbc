"""The code layer, unpacked, in a real Python: who imports what lies beside which script."""

import os
import subprocess
import sys
import zipfile

import pytest

from sparkferry.errors import DiagnosticsError
from sparkferry.layers.code.layer import code_layer
from sparkferry.project.model import Job
from sparkferry.snapshot.create import create_snapshot
from support.repository import MANIFEST, plain_git, project, write

__all__ = ["plain_git"]

FILES = {
    "pyproject.toml": MANIFEST,
    "a/etl.py": "import helpers\nprint('driver', helpers.NAME)\n",
    "a/helpers.py": "NAME = 'a'\n",
    "a/p.py": "NAME = 'a'\n",
    "b/etl.py": "",
    "b/helpers.py": "NAME = 'b'\n",
    "b/only.py": "",
    "src/p.py": "NAME = 'p'\n",
}
JOBS = {"a": Job(script="a/etl.py"), "b": Job(script="./b/etl.py"), "e": Job(entry="p:run")}


@pytest.fixture
def code(tmp_path, cache):
    """The unpacked code layer."""
    write(tmp_path / "p", FILES)
    loaded = project(tmp_path / "p", jobs=JOBS)
    with zipfile.ZipFile(code_layer(loaded, create_snapshot(loaded), cache).path) as archive:
        archive.extractall(tmp_path / "code")
    return tmp_path / "code"


def said(code, program, scripts=None, **more):
    """Run ``program`` in a Python whose site directory names the code, as that of the layers does."""
    given = {} if scripts is None else {"SPARKFERRY_SCRIPTS": scripts}
    env = {"PATH": os.defpath, "PYTHONPATH": str(code), **given, **more}
    done = subprocess.run(
        [sys.executable, "-c", program], env=env, capture_output=True, text=True, check=False
    )
    return done.stdout.strip() or done.stderr.strip().splitlines()[-1]


def test_an_interpreter_that_knows_no_job_finds_every_script(code):
    program = "import helpers, only, p; print(helpers.NAME, p.NAME)"
    assert said(code, program) == "a p"


def test_executors_of_a_script_find_what_lies_beside_it_first_and_nothing_else(code):
    program = "import helpers, p; print(helpers.NAME, p.NAME)"
    assert said(code, program, scripts="a") == "a a"
    assert said(code, program, scripts="b") == "b p"
    assert "No module named 'only'" in said(code, "import only", scripts="a")


def test_executors_of_a_function_find_no_script(code):
    assert "No module named 'helpers'" in said(code, "import helpers", scripts="")
    assert said(code, "import p; print(p.NAME)", scripts="") == "p"


def test_the_driver_leaves_the_other_scripts_out(code):
    program = (
        "from sparkferry.runtime.paths import keep_scripts_apart as keep; keep()\n"
        "import p; print(p.NAME)\nimport helpers"
    )
    assert said(code, program) == "p"
    assert "No module named 'helpers'" in said(code, program.replace("print(p.NAME)", "p"))


def test_a_sitecustomize_of_a_package_still_runs(code, tmp_path):
    write(tmp_path / "packages", {"sitecustomize.py": "import builtins\nbuiltins.RAN = 'ran'\n"})
    both = os.pathsep.join((str(code), str(tmp_path / "packages")))
    assert said(code, "import helpers; print(RAN)", PYTHONPATH=both) == "ran"


def test_a_sitecustomize_of_the_project_is_refused(tmp_path, cache):
    write(tmp_path / "p", {**FILES, "src/sitecustomize.py": ""})
    loaded = project(tmp_path / "p", jobs=JOBS)
    with pytest.raises(DiagnosticsError) as caught:
        code_layer(loaded, create_snapshot(loaded), cache)
    (found,) = caught.value.errors
    assert found.message.startswith("could not ship `src/sitecustomize.py`: the code layer has")
