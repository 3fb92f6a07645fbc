"""Built wheels are held against the lock that names them."""

import subprocess
from pathlib import Path

import pytest

from sparkferry.errors import DiagnosticsError, ExternalError
from sparkferry.files import sha256_file
from sparkferry.layers.locks.selection import select
from sparkferry.layers.model import Artifact
from sparkferry.layers.wheels.get import fetch_wheels
from sparkferry.progress import QUIET
from support.builds import HERE, build_directory, build_one, select_one
from support.repository import Repository
from support.tagged import write_tagged
from support.wheels import make_sdist


def test_a_source_distribution_of_another_version(tmp_path, cache):
    path = make_sdist(tmp_path, "alpha", "1.1")
    artifact = Artifact(name=path.name, url=None, path=str(path), sha256=sha256_file(path))
    assert build_one(select_one(tmp_path, artifact, version="1.1"), cache).version == "1.1"
    with pytest.raises(DiagnosticsError) as caught:
        build_one(select_one(tmp_path, artifact, version="1.0"), cache)
    message = caught.value.diagnostics[0].message
    assert "`alpha 1.0`: its source builds as version 1.1, not as the locked 1.0" in message


def test_a_directory_that_uv_locked_with_another_version(index, laptop, cache):
    """uv records the version that setup.py computes, and does not compute it again."""
    tree = laptop.root / "alpha"
    write_tagged(tree, "alpha")
    pyproject = tree / "pyproject.toml"
    pyproject.write_text(pyproject.read_text().split("[project]")[0] + _BUILD_SYSTEM)
    repository = Repository(laptop.root)
    project = laptop.project("alpha", extra="[tool.uv.sources]\nalpha = { path = 'alpha' }\n")
    repository.git("init", "-q", ".")
    repository.commit().git("tag", "v1.0")
    laptop.uv("lock")
    repository.commit().git("tag", "v2.0")
    (built,) = fetch_wheels(select(project, HERE, cache), cache, QUIET)
    (warning,) = built.warnings
    assert built.version == "2.0"
    assert warning.message == "`alpha` was built as version 2.0, `uv.lock` names 1.0"
    assert "uv lock --refresh-package alpha" in warning.hint


_BUILD_SYSTEM = """[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
"""


def test_a_backend_that_fails_without_tags_is_told_the_remedy(tmp_path, cache):
    source = Repository(
        write_tagged(tmp_path / "one", "alpha", version="raise Exception('no version')")
    )
    source.git("init", "-q", ".")
    source.commit().commit()
    place = tmp_path / "ci"
    subprocess.run(["git", "clone", "-q", "--depth=1", source.top.as_uri(), str(place)], check=True)
    with pytest.raises(ExternalError, match="no version") as caught:
        build_directory(place, cache)
    assert "git fetch --tags --unshallow" in caught.value.hint


def shallow(repository: Repository, to: Path) -> Path:
    subprocess.run(
        ["git", "clone", "-q", "--depth=1", "--no-tags", repository.top.as_uri(), str(to)],
        check=True,
    )
    return to


def test_a_shallow_checkout_without_tags_is_told(monorepo, cache, tmp_path):
    monorepo.commit()
    place = shallow(monorepo, tmp_path / "ci")
    built = build_directory(place / "libs/alpha", cache, place)
    (warning,) = built.warnings
    assert built.version == "0.0.0"
    assert "`alpha` was built as version 0.0.0" in warning.message
    assert "git fetch --tags --unshallow" in warning.hint
    assert "fetch-depth: 0" in warning.hint
    Repository(place).git("fetch", "-q", "--tags", "--unshallow")
    built = build_directory(place / "libs/alpha", cache, place)
    assert (built.version[:8], built.warnings) == ("1.2.0+1.", ())


def test_a_stated_version_is_no_stopgap(tmp_path, cache):
    tree = write_tagged(tmp_path / "alpha", "alpha", version="return '0.0.0'", dynamic=False)
    pyproject = tree / "pyproject.toml"
    pyproject.write_text(pyproject.read_text().replace('"1.0"', '"0.0.0"'))
    assert build_directory(tree, cache).warnings == ()


def test_warnings_of_a_wheel_that_is_in_the_cache(tmp_path, cache):
    tree = write_tagged(tmp_path / "alpha", "alpha")
    assert build_directory(tree, cache).warnings
    assert build_directory(tree, cache) == build_directory(tree, cache)
