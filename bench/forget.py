"""What benchmarks of images forget before each run: all compressed layers, or those that are joined."""

import json
from collections.abc import Callable
from pathlib import Path

from bench.measure import Bench
from sparkferry.base.cache import Cache, Entry


def forget_images(bench: Bench) -> None:
    """Remove the layers of images and the compressed pieces that they are joined of.

    Wheels and packages stay, and what was found out about each: that it was verified, its list of
    files, its bytecode. What is remembered of a layer is of no use without the layer.
    """
    _remove(bench, lambda _: True)


def forget_joined(bench: Bench, argv: list[str], project: Path) -> None:
    """Remove the layers of the image that ``argv`` builds but those of wheels.

    What stays is compressed once for each wheel and each Debian package, as the design has it.
    """
    layers = json.loads(bench.run(*argv, "--json", cwd=project))["images"][0]["layers"]
    joined = {
        layer["digest"].removeprefix("sha256:") for layer in layers if layer["role"] != "packages"
    }
    _remove(bench, lambda entry: entry.key in joined)


def _remove(bench: Bench, is_chosen: Callable[[Entry], bool]) -> None:
    cache = Cache(Path(bench.env["SPARKFERRY_CACHE_DIR"]))
    for entry in cache.entries():
        if entry.area == "blobs" and is_chosen(entry):
            cache.remove(entry)
