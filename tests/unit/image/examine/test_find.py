"""Images by reference, from a real registry."""

import json
import subprocess
from pathlib import Path

import pytest

from sparkferry.base.cache import Cache
from sparkferry.errors import ExternalError, UserError
from sparkferry.image.examine.find import ImageFinder, find_images
from sparkferry.image.registry.client import Registries
from sparkferry.progress import QUIET
from support.images import write_layout
from support.registry_server import Registry
from support.tars import member, tar

LAYERS = (tar(member("a", b"1" * 3000)),)


@pytest.fixture
def desk(tmp_path: Path):
    with Registries(environ={}) as registries:
        yield ImageFinder(registries=registries, cache=Cache(tmp_path / "cache"), progress=QUIET)


@pytest.fixture(scope="module")
def pushed(registry: Registry, tmp_path_factory: pytest.TempPathFactory) -> str:
    layout = write_layout(tmp_path_factory.mktemp("layout") / "x", LAYERS, {"User": "7"})
    reference = f"{registry.host}/examine/demo:1"
    argv = ["skopeo", "copy", "--quiet", "--dest-tls-verify=false", f"oci:{layout}"]
    subprocess.run([*argv, f"docker://{reference}"], check=True, timeout=60)
    return reference


def test_an_image_of_a_registry_is_read(desk, pushed, registry):
    (image,) = find_images(pushed, desk)
    assert (image.registry, image.name) == (registry.host, pushed)
    assert image.config.config.user == "7"
    with image.layers[0].open() as stream:
        assert len(stream.read()) == image.layers[0].descriptor.size


def test_a_path_is_not_taken_for_a_reference(desk, tmp_path):
    layout = write_layout(tmp_path / "demo", LAYERS)
    (image,) = find_images(str(layout), desk)
    assert image.registry is None
    index = json.loads((layout / "index.json").read_text())
    assert image.descriptor.digest == index["manifests"][0]["digest"]


@pytest.mark.parametrize("name", ["NO such thing", "dist/image", "nowhere", "python:3.12"])
def test_a_path_that_is_not_there_is_not_looked_for_in_a_registry(desk, name):
    with pytest.raises(UserError, match=f"could not find the image `{name}`: there is no such"):
        find_images(name, desk)


def test_a_reference_that_is_none_is_refused(desk):
    with pytest.raises(UserError, match="could not read the image reference"):
        find_images("registry.example/NO", desk)


def test_an_image_that_is_not_there_is_told(desk, registry):
    with pytest.raises(ExternalError, match="examine/none"):
        find_images(f"{registry.host}/examine/none:1", desk)
