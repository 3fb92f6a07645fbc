import pytest

from sparkferry.base.cache import Cache
from sparkferry.image.debian.model import Mirror
from support.debian import Archive, make_deb, serving, signing


@pytest.fixture
def cache(tmp_path):
    return Cache(tmp_path / "cache")


@pytest.fixture(scope="session")
def signer():
    with signing() as made:
        yield made


@pytest.fixture
def archive(tmp_path, signer):
    (tmp_path / "mirror").mkdir()
    with serving(Archive(tmp_path / "mirror", signer)) as served:
        yield served


@pytest.fixture
def mirror(archive, signer):
    return Mirror(main=archive.url, security=archive.url, keyrings=(signer.keyring,))


@pytest.fixture
def deb(tmp_path):
    """Make a package; see `make_deb`."""

    def make(name, files=(), **options):
        return make_deb(tmp_path, name, files, **options)

    return make
