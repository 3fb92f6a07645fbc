"""The layers side by side, as executors unpack them, for a driver on this machine.

Interpreter and packages are links to the copies in the cache, which all runs share; see
:mod:`sparkferry.layers.unpacked`. Python finds its prefix from the path by which it was started, links in
front of `bin/` unresolved (run on 3.10 to 3.13), so the `.pth` of the interpreter leads to the links
beside it. The code is unpacked for each run anew: it is small, and jobs write beside it.
"""

from collections.abc import Iterable
from pathlib import Path

from sparkferry.base.cache import Cache
from sparkferry.layers.model import DIRECTORIES, Layer
from sparkferry.layers.unpack import unpack
from sparkferry.layers.unpacked import unpacked


def driver_environment(layers: Iterable[Layer], directory: Path, cache: Cache) -> None:
    """Make `python`, `packages` and `code` in ``directory``, one for each of the layers.

    :raises ExternalError: a layer is damaged, or the cache cannot be written.
    """
    directory.mkdir(parents=True, exist_ok=True)
    for layer in layers:
        place = directory / DIRECTORIES[layer.kind]
        if layer.kind == "code":
            place.mkdir()
            unpack(layer, place)
        else:
            place.symlink_to(unpacked(layer, cache))
