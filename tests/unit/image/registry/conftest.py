import os
import re

import pytest

from sparkferry.base.cache import Cache
from sparkferry.image.model import LAYER_GZIP
from sparkferry.image.registry.client import Registries
from support.clocks import FakeClock
from support.image_values import descriptor_of
from support.registry_proxy import proxying


@pytest.fixture
def cache(tmp_path):
    return Cache(tmp_path / "cache")


@pytest.fixture
def environ(tmp_path):
    """A home in which nobody ever logged in."""
    (tmp_path / "home").mkdir()
    return {"HOME": str(tmp_path / "home")}


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def registries(environ, clock):
    with Registries(environ=environ, clock=clock) as found:
        yield found


@pytest.fixture
def proxy(registry):
    """A proxy before the plain registry."""
    with proxying(registry.host) as found:
        yield found


@pytest.fixture
def name(request):
    """A repository of the test's own."""
    return "tests/" + re.sub("[^a-z0-9]+", "-", request.node.name.lower()).strip("-")


@pytest.fixture
def data():
    """Three million bytes."""
    return os.urandom(3_000_000)


@pytest.fixture
def blob(data):
    """The descriptor of ``data``."""
    return descriptor_of(data, LAYER_GZIP)
