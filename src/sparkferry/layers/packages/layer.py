"""The packages layer: the wheels of a selection in one archive, ready for ``sys.path``."""

from collections.abc import Sequence

import msgspec

from sparkferry.layers.cache import Cache
from sparkferry.layers.model import Layer, Wheel
from sparkferry.layers.packages.contents import contents, pth_files
from sparkferry.layers.packages.prune import RULES_VERSION
from sparkferry.layers.packages.splice import splice
from sparkferry.layers.packages.verify import wheel_indexes
from sparkferry.progress import QUIET, Progress
from sparkferry.project.model import Packages


def packages_layer(
    wheels: Sequence[Wheel], settings: Packages, cache: Cache, progress: Progress = QUIET
) -> Layer | None:
    """Return the layer of the wheels, made if it is not in the cache; None where there are none.

    The same wheels and settings give the same bytes, on any machine and in any order of the wheels.

    :raises WheelError: a wheel that was not verified before is not valid.
    :raises UserError: two wheels hold different files of one path.
    :raises WorldError: the cache cannot be written.
    """
    if not wheels:
        return None
    ordered = sorted(wheels, key=lambda wheel: (wheel.filename, wheel.sha256))

    def build() -> Layer:
        return _build(ordered, settings, cache, progress)

    digest = cache.memo(_key(ordered, settings), str, lambda: build().digest)
    return cache.find_layer("packages", digest) or build()


def _key(wheels: Sequence[Wheel], settings: Packages) -> str:
    files = [(wheel.filename, wheel.sha256) for wheel in wheels]
    keep = settings.keep if settings.prune else ()
    return f"packages {RULES_VERSION} {msgspec.json.encode((settings.prune, keep, files)).decode()}"


def _build(wheels: Sequence[Wheel], settings: Packages, cache: Cache, progress: Progress) -> Layer:
    indexes = wheel_indexes(cache, wheels, progress)
    paths = [wheel.path for wheel in wheels]
    items = contents(list(zip(paths, indexes, strict=True)), settings)
    for index in indexes:
        for path in pth_files(index):
            progress.message(f"`{path}` of `{index.filename}` has no effect in the packages layer")
    return cache.layer("packages", lambda path: splice(items, path, progress))
