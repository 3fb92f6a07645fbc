"""What is wrong with the libraries of packages and code, for the place where they run."""

from collections.abc import Callable

import msgspec

from sparkferry.errors import Diagnostic
from sparkferry.layers.cache import Cache
from sparkferry.layers.interpreter.layer import libraries_of
from sparkferry.layers.interpreter.prefix import Prefix
from sparkferry.layers.libraries.code import read_code
from sparkferry.layers.libraries.debian import described
from sparkferry.layers.libraries.findings import OTHERWISE, PlaceName, damaged, findings
from sparkferry.layers.libraries.machine import ThisMachine
from sparkferry.layers.libraries.model import Place, Shipped
from sparkferry.layers.libraries.resolve import missing
from sparkferry.layers.libraries.wheels import read_wheels
from sparkferry.layers.model import Environment, Wheel
from sparkferry.layers.packages.prune import left_out
from sparkferry.layers.packages.verify import wheel_indexes
from sparkferry.layers.packages.wheel_layout import place as place_of
from sparkferry.progress import QUIET, Progress
from sparkferry.project.model import Packages, Platform, Project
from sparkferry.snapshot.model import Snapshot


class Payload(msgspec.Struct, frozen=True, kw_only=True):
    """What ships."""

    wheels: tuple[Wheel, ...]
    code: Shipped
    settings: Packages
    platform: Platform


def payload_of(
    project: Project, snapshot: Snapshot, wheels: tuple[Wheel, ...], platform: Platform
) -> Payload:
    """Return the wheels and the project's own code.

    :raises UserError: an ``include`` pattern is not valid.
    """
    return Payload(
        wheels=wheels,
        code=read_code(project, snapshot),
        settings=project.settings.packages,
        platform=platform,
    )


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


def this_machine(prefix: Prefix, environment: Environment, cache: Cache) -> Destination:
    """Return this machine with the interpreter that is packed for it.

    :raises WorldError: the interpreter cannot be read.
    """
    place = ThisMachine(environment, libraries_of(prefix, cache))
    return Destination(place=place, name="this machine", hint=_hint)


def _pruned(item: Shipped, wheel: Wheel, settings: Packages, cache: Cache) -> Shipped:
    """Return what ships of the wheel; it is asked only for the wheels in which a library is missing."""
    (index,) = wheel_indexes(cache, (wheel,))
    without = {place_of(index.dist_info, name) for name in left_out(index, settings)}
    return msgspec.structs.replace(
        item,
        binaries=tuple(x for x in item.binaries if x.path not in without),
        damaged=tuple(x for x in item.damaged if x not in without),
    )


def _hint(library: str) -> str:
    package = f"the package that brings it (Debian's, {described(library)})"
    return f"install {package} on this machine, {OTHERWISE}"
