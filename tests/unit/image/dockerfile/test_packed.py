"""What a Dockerfile removes and compiles is what the packages layer has not, and has compiled."""

import platform
import sys
import zipfile

from sparkferry.base.cache import Cache
from sparkferry.files import sha256_file
from sparkferry.image.dockerfile.model import Packed
from sparkferry.image.dockerfile.packed import packed
from sparkferry.layers.model import Wheel
from sparkferry.layers.packages.layer import packables, packages_layer
from sparkferry.progress import QUIET
from sparkferry.project.model import Packages
from support.interpreters import described
from support.raw_wheels import Raw, wheel_file

HERE = described(sys.base_prefix, platform.python_version())
LARGE = Raw(b"VALUE = 'right'\n" + b"# a comment that makes it worth while\n" * 120)
FILES = {
    "demo/__init__.py": LARGE,
    "demo/__init__.pyi": Raw(b""),
    "demo/small.py": Raw(b""),
    "demo/tests/test_demo.py": LARGE,
    "demo-1.0.data/purelib/demo/more.pyi": Raw(b""),
}


def made(tmp_path, **settings: object) -> tuple[Packed, set[str]]:
    """Return what is decided of a wheel, and what the layer of the same wheel holds."""
    cache, chosen = Cache(tmp_path / "cache"), Packages(**settings)
    path = wheel_file(tmp_path, FILES, "demo")
    digest = sha256_file(path)
    wheels = [Wheel(name="demo", version="1.0", filename=path.name, sha256=digest, path=path)]
    layer = packages_layer(wheels, chosen, HERE, cache).layer
    with zipfile.ZipFile(layer.path) as archive:
        held = set(archive.namelist())
    return packed(wheels, packables(wheels, HERE, cache, QUIET), (), chosen), held


def test_the_lists_say_what_the_layer_says(tmp_path):
    found, held = made(tmp_path)
    assert found.pruned == ("demo/__init__.pyi", "demo/more.pyi", "demo/tests/test_demo.py")
    assert held.isdisjoint(found.pruned)
    assert found.compiled == ("demo/__init__.py",)
    assert f"demo/__pycache__/__init__.{sys.implementation.cache_tag}.pyc" in held


def test_what_is_kept_is_not_removed(tmp_path):
    found, held = made(tmp_path, keep=("*.pyi",))
    assert found.pruned == ("demo/tests/test_demo.py",)
    assert "demo/__init__.pyi" in held


def test_without_pruning_nothing_is_removed(tmp_path):
    assert made(tmp_path, prune=False)[0].pruned == ()
