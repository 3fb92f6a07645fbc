"""The packages layer: the wheels of a selection in one archive, ready for ``sys.path``."""

from collections.abc import Sequence
from itertools import chain

import msgspec

from sparkferry.base.cache import Cache
from sparkferry.errors import Diagnostic
from sparkferry.layers.cached import add_layer, find_layer
from sparkferry.layers.interpreter.prefix import Prefix
from sparkferry.layers.model import Layer, Wheel
from sparkferry.layers.packages.bytecode import wheel_bytecode
from sparkferry.layers.packages.contents import Packable, contents
from sparkferry.layers.packages.prune import RULES_VERSION
from sparkferry.layers.packages.splice import splice
from sparkferry.layers.packages.verify import readable, wheel_indexes
from sparkferry.progress import QUIET, Progress
from sparkferry.project.model import Packages

_FORMAT = 2
"""Raised whenever the same wheels give another layer, or other warnings."""


class PackedWheels(msgspec.Struct, frozen=True):
    """The packages layer."""

    layer: Layer | None
    """None where there are no wheels."""
    warnings: tuple[Diagnostic, ...] = ()
    """Carelessness of publishers, and files that do not ship since others take their places."""


class _Known(msgspec.Struct, frozen=True):
    """A memo: what a selection was packed to."""

    digest: str
    warnings: tuple[Diagnostic, ...]


def packages_layer(
    wheels: Sequence[Wheel],
    settings: Packages,
    prefix: Prefix,
    cache: Cache,
    progress: Progress = QUIET,
) -> PackedWheels:
    """Return the layer of the wheels, made if it is not in the cache.

    The same wheels, settings and Python give the same bytes, on any machine and in any order of the
    wheels. ``prefix`` is the Python that will import them: it compiles them, if this machine can run it.

    :raises WheelError: a wheel that was not verified before is not valid.
    :raises UserError: two wheels hold different files of one path, and nothing decides between them.
    :raises ExternalError: the cache cannot be written.
    """
    if not wheels:
        return PackedWheels(None)
    ordered = sorted(wheels, key=lambda wheel: (wheel.filename, wheel.sha256))

    key = f"packages layer {packing_key(ordered, settings, prefix)}"
    known = cache.recall(key, _Known)
    layer = find_layer(cache, "packages", known.digest) if known else None
    if known and layer:
        return PackedWheels(layer, known.warnings)
    found = contents(packables(ordered, prefix, cache, progress), settings)
    items = tuple(chain.from_iterable(found.files.values()))
    layer = add_layer(cache, "packages", lambda path: splice(items, path, progress))
    cache.remember(key, _Known(layer.digest, found.warnings))
    return PackedWheels(layer, found.warnings)


def packing_warnings(
    wheels: Sequence[Wheel], settings: Packages, prefix: Prefix, cache: Cache, progress: Progress
) -> tuple[Diagnostic, ...]:
    """Return the warnings that :func:`packages_layer` has for the wheels, without making the layer.

    :raises WheelError: a wheel that was not verified before is not valid.
    :raises UserError: two wheels hold different files of one path, and nothing decides between them.
    :raises ExternalError: the cache cannot be written.
    """
    ordered = sorted(wheels, key=lambda wheel: (wheel.filename, wheel.sha256))
    return cache.memo(
        f"packages warnings {packing_key(ordered, settings, prefix)}",
        tuple[Diagnostic, ...],
        lambda: contents(packables(ordered, prefix, cache, progress), settings).warnings,
    )


def packables(
    wheels: Sequence[Wheel], prefix: Prefix, cache: Cache, progress: Progress
) -> tuple[Packable, ...]:
    """Return the wheels, verified and compiled, in the order given.

    :raises WheelError: a wheel that was not verified before is not valid.
    :raises ExternalError: they cannot be compiled, or the cache cannot be written.
    """
    indexes = wheel_indexes(cache, wheels, progress)
    wheels = [readable(wheel, index, cache) for wheel, index in zip(wheels, indexes, strict=True)]
    compiled = wheel_bytecode(prefix, wheels, indexes, cache, progress)
    return tuple(
        Packable(wheel.path, index, bytecode)
        for wheel, index, bytecode in zip(wheels, indexes, compiled, strict=True)
    )


def packing_key(wheels: Sequence[Wheel], settings: Packages, prefix: Prefix) -> str:
    """Return what the content of the packages layer depends on."""
    files = sorted((wheel.filename, wheel.sha256) for wheel in wheels)
    keep = settings.keep if settings.prune else ()
    compiler = prefix.version if prefix.native else ""
    depends = (settings.prune, keep, settings.prefer, files, compiler)
    return f"{_FORMAT} {RULES_VERSION} {msgspec.json.encode(depends).decode()}"
