"""What is wrong with the libraries of packages and code, for the place where they run."""

from collections.abc import Callable

import msgspec

from sparkferry.base.cache import Cache
from sparkferry.errors import Diagnostic
from sparkferry.layers.libraries.findings import PlaceName, damaged, findings
from sparkferry.layers.libraries.model import PackageLibraries, Place
from sparkferry.layers.libraries.payload import Payload
from sparkferry.layers.libraries.resolve import missing
from sparkferry.layers.libraries.wheels import read_wheels
from sparkferry.layers.model import Wheel
from sparkferry.layers.packages.prune import left_out
from sparkferry.layers.packages.verify import wheel_indexes
from sparkferry.layers.packages.wheel_layout import place as place_of
from sparkferry.progress import QUIET, Progress
from sparkferry.project.model import Packages


class Destination(msgspec.Struct, frozen=True, kw_only=True):
    """Where it runs."""

    place: Place
    name: PlaceName
    hint: Callable[[str], str]
    """Says how to get a library there."""


def library_findings(
    payload: Payload, destination: Destination, cache: Cache, progress: Progress = QUIET
) -> tuple[Diagnostic, ...]:
    """Return a finding for each library that ``payload`` needs and neither it nor ``destination`` has.

    :raises WheelError: a wheel is not valid.
    """
    optional = payload.settings.optional_libraries
    wheels = read_wheels(payload.wheels, cache, progress)
    found = missing((*wheels, payload.code), payload.platform, destination.place, optional)
    suspects = {item.package for item in found} | {item.title for item in wheels if item.damaged}
    if suspects:
        pairs = zip(payload.wheels, wheels, strict=True)
        wheels = tuple(
            _pruned(item, wheel, payload.settings, cache) if item.title in suspects else item
            for wheel, item in pairs
        )
        found = missing((*wheels, payload.code), payload.platform, destination.place, optional)
    return (
        *findings(found, destination.name, destination.hint),
        *damaged((*wheels, payload.code)),
    )


def _pruned(
    item: PackageLibraries, wheel: Wheel, settings: Packages, cache: Cache
) -> PackageLibraries:
    """Return what ships of the wheel; it is asked only for the wheels in which a library is missing."""
    (index,) = wheel_indexes(cache, (wheel,))
    without = {place_of(index.dist_info, name) for name in left_out(index, settings)}
    return msgspec.structs.replace(
        item,
        binaries=tuple(x for x in item.binaries if x.path not in without),
        damaged=tuple(x for x in item.damaged if x not in without),
    )
