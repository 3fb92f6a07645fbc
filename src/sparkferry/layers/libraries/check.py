"""Libraries that are missing on this machine, where the packages of a target of its own run."""

from collections.abc import Sequence

from sparkferry.errors import Diagnostic
from sparkferry.layers.cache import Cache
from sparkferry.layers.interpreter.layer import libraries_of
from sparkferry.layers.interpreter.prefix import Prefix
from sparkferry.layers.libraries.debian import likely_name
from sparkferry.layers.libraries.findings import BUNDLED, damaged, findings
from sparkferry.layers.libraries.machine import ThisMachine
from sparkferry.layers.libraries.resolve import missing
from sparkferry.layers.libraries.wheels import read_wheels
from sparkferry.layers.model import Environment, Wheel
from sparkferry.progress import QUIET, Progress


def missing_here(
    wheels: Sequence[Wheel],
    prefix: Prefix,
    environment: Environment,
    cache: Cache,
    progress: Progress = QUIET,
) -> tuple[Diagnostic, ...]:
    """Return what the wheels need that neither they, the packed interpreter nor this machine have.

    :raises WorldError: a wheel or the interpreter cannot be read.
    """
    shipped = read_wheels(wheels, cache, progress)
    place = ThisMachine(environment, libraries_of(prefix, cache))
    found = missing(shipped, environment.platform, place)
    return (*findings(found, "this machine", _hint), *damaged(shipped))


def _hint(library: str) -> str:
    name = likely_name(library)
    called = f" (Debian's package should be `{name}`)" if name else ""
    return f"install it on this machine{called}, or {BUNDLED}"
