import pytest

from sparkferry.image.debian.configure.unpacked import Unpacked
from sparkferry.image.debian.contents import read_contents
from support.debian import make_deb


@pytest.fixture
def unpacked(tmp_path):
    """Make packages, each of name, files and options of `make_deb`, and read them."""

    def make(*packages, base=None, architecture="amd64"):
        found = {}
        for name, files, *options in packages:
            path = make_deb(tmp_path, name, files, **(options[0] if options else {}))
            found[name] = read_contents(path)
        return Unpacked(architecture=architecture, packages=found, base=base or {})

    return make


@pytest.fixture
def tree():
    """Return entries by path, each path named once."""

    def by_path(entries):
        listed = list(entries)
        found = {entry.path: entry for entry in listed}
        assert len(found) == len(listed)
        return found

    return by_path
