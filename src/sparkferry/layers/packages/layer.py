"""The packages layer: the wheels of a selection in one archive, ready for ``sys.path``."""

from collections.abc import Sequence
from itertools import chain

import msgspec

from sparkferry.layers.cache import Cache
from sparkferry.layers.interpreter.prefix import Prefix
from sparkferry.layers.model import Layer, Wheel
from sparkferry.layers.packages.bytecode import wheel_bytecode
from sparkferry.layers.packages.contents import Packable, contents, pth_files
from sparkferry.layers.packages.prune import RULES_VERSION
from sparkferry.layers.packages.splice import splice
from sparkferry.layers.packages.verify import wheel_indexes
from sparkferry.progress import QUIET, Progress
from sparkferry.project.model import Packages


def packages_layer(
    wheels: Sequence[Wheel],
    settings: Packages,
    prefix: Prefix,
    cache: Cache,
    progress: Progress = QUIET,
) -> Layer | None:
    """Return the layer of the wheels, made if it is not in the cache; None where there are none.

    The same wheels, settings and Python give the same bytes, on any machine and in any order of the
    wheels. ``prefix`` is the Python that will import them: it compiles them, if this machine can run it.

    :raises WheelError: a wheel that was not verified before is not valid.
    :raises UserError: two wheels hold different files of one path.
    :raises WorldError: the cache cannot be written.
    """
    if not wheels:
        return None
    ordered = sorted(wheels, key=lambda wheel: (wheel.filename, wheel.sha256))

    def build() -> Layer:
        found = contents(packables(ordered, prefix, cache, progress), settings)
        items = tuple(chain.from_iterable(found.values()))
        return cache.layer("packages", lambda path: splice(items, path, progress))

    digest = cache.memo(_key(ordered, settings, prefix), str, lambda: build().digest)
    return cache.find_layer("packages", digest) or build()


def packables(
    wheels: Sequence[Wheel], prefix: Prefix, cache: Cache, progress: Progress
) -> tuple[Packable, ...]:
    """Return the wheels, verified and compiled, in the order given.

    :raises WheelError: a wheel that was not verified before is not valid.
    :raises WorldError: they cannot be compiled, or the cache cannot be written.
    """
    indexes = wheel_indexes(cache, wheels, progress)
    for index in indexes:
        for path in pth_files(index):
            progress.message(f"`{path}` of `{index.filename}` has no effect in the packages layer")
    compiled = wheel_bytecode(prefix, wheels, indexes, cache, progress)
    return tuple(
        Packable(wheel.path, index, bytecode)
        for wheel, index, bytecode in zip(wheels, indexes, compiled, strict=True)
    )


def _key(wheels: Sequence[Wheel], settings: Packages, prefix: Prefix) -> str:
    files = [(wheel.filename, wheel.sha256) for wheel in wheels]
    keep = settings.keep if settings.prune else ()
    depends = (settings.prune, keep, files, prefix.version if prefix.native else "")
    return f"packages {RULES_VERSION} {msgspec.json.encode(depends).decode()}"
