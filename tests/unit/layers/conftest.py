import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from sparkferry.layers.cache import Cache
from support.index import Index, serving
from support.projects import Laptop


@pytest.fixture
def cache(tmp_path):
    return Cache(tmp_path / "cache")


@pytest.fixture(scope="session")
def uv_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("uv-cache")


@pytest.fixture
def index(tmp_path: Path, uv_cache: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Index]:
    """An index that uv and sparkferry find by themselves, and nothing else that they could find."""
    for name in [name for name in os.environ if name.startswith(("UV_", "PIP_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("NETRC", str(tmp_path / "no-netrc"))
    monkeypatch.setenv("UV_CACHE_DIR", str(uv_cache))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "no-config"))
    monkeypatch.setenv("UV_PYTHON_DOWNLOADS", "never")
    directory = tmp_path / "served"
    directory.mkdir()
    with serving(directory) as found:
        monkeypatch.setenv("UV_DEFAULT_INDEX", found.simple)
        yield found


@pytest.fixture
def laptop(tmp_path: Path, index: Index) -> Laptop:
    root = tmp_path / "demo"
    root.mkdir()
    return Laptop(root, index)
