import pytest

from sparkferry.layers.cache import Cache


@pytest.fixture
def cache(tmp_path):
    return Cache(tmp_path / "cache")
