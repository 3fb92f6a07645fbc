"""Whatever pyproject.toml says: its uv.lock is judged as the real ``uv lock --check`` judges it."""

import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from sparkferry.layers.locks.freshness.uv import uv_findings
from sparkferry.layers.locks.lock import find_lock
from support.index_server import serving
from support.projects import project_at
from support.pyprojects import changed, lock, pyprojects, serve, surround, toml

EXAMPLES = settings(
    max_examples=int(os.environ.get("SPARKFERRY_TEST_LOCKS", "15")),
    deadline=None,
    derandomize="SPARKFERRY_TEST_LOCKS" not in os.environ,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.generate),  # each step of shrinking would lock again
)


@pytest.fixture(scope="module")
def environ(tmp_path_factory):
    """An environment in which uv finds an index on loopback and nothing of the user's."""
    directory = tmp_path_factory.mktemp("served")
    serve(directory)
    read_saved = {
        key: item for key, item in os.environ.items() if not key.startswith(("UV_", "PIP_"))
    }
    with serving(directory) as index:
        yield {
            **read_saved,
            "UV_DEFAULT_INDEX": index.simple,
            "UV_CACHE_DIR": str(tmp_path_factory.mktemp("uv-cache")),
            "UV_PYTHON_DOWNLOADS": "never",
            "XDG_CONFIG_HOME": str(directory / "none"),
        }


def write(root: Path, document, url: str) -> str:
    document["tool"]["uv"]["index"] = [{"name": "other", "url": url, "explicit": True}]
    (root / "pyproject.toml").write_text(toml(document))
    return toml(document)


def reasons(root: Path) -> list[str]:
    project = project_at(root)
    found = find_lock(project)
    assert found is not None
    return [item.message for item in uv_findings(project, found)]


@given(st.data())
@EXAMPLES
def test_a_lock_is_judged_as_uv_judges_it(environ, data):
    document = data.draw(pyprojects())
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory).resolve()
        surround(root)
        before = write(root, document, environ["UV_DEFAULT_INDEX"])
        assume(lock(root, environ).returncode == 0)
        assume(lock(root, environ, "--check").returncode == 0)
        assert reasons(root) == [], before
        other = data.draw(changed(document))
        after = write(root, other, environ["UV_DEFAULT_INDEX"])
        done = lock(root, environ, "--check")
        refused = b"needs to be updated" in done.stderr
        assume(done.returncode == 0 or refused)
        found = reasons(root)
        assert bool(found) == refused, f"{found}\n{before}\nbecame\n{after}"
