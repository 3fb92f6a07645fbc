import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from sparkferry.base.cache import Cache
from sparkferry.image.layout.write import write_layout
from support.layouts import make_image, no_fetch, two_platforms

VALIDATOR = Path(__file__).parents[1] / "support" / "validator"


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "cache")


@pytest.fixture(scope="module")
def validator() -> Iterator[Path]:
    """The program that checks layouts by other people's code."""
    if shutil.which("go") is None:
        pytest.skip("needs go, which builds the independent validator")
    with tempfile.TemporaryDirectory() as directory:
        program = Path(directory) / "validator"
        argv = ["go", "build", "-o", str(program), "."]
        done = subprocess.run(argv, cwd=VALIDATOR, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        yield program


def test_an_independent_validator_agrees(tmp_path: Path, cache: Cache, validator: Path) -> None:
    out = tmp_path / "out"
    write_layout(make_image(cache, "a", "b"), out, "one", no_fetch)
    write_layout(two_platforms(cache, "b", "c"), out, "two", no_fetch)
    done = subprocess.run([validator, out], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_validator_sees_what_is_wrong(tmp_path: Path, cache: Cache, validator: Path) -> None:
    image = make_image(cache, "a")
    write_layout(image, tmp_path / "out", "", no_fetch)
    blob = tmp_path / "out/blobs/sha256" / image.images[0].layers[0].descriptor.sha256
    blob.unlink()
    blob.write_bytes(b"other")
    done = subprocess.run([validator, tmp_path / "out"], capture_output=True, check=False)
    assert done.returncode == 1
