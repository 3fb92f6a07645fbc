"""What packages and code lack on this machine."""

from collections.abc import Iterable
from pathlib import Path

import msgspec

from sparkferry.base.cache import Cache
from sparkferry.errors import Diagnostic
from sparkferry.layers.libraries.payload import Payload
from sparkferry.layers.model import Environment
from sparkferry.progress import QUIET, Progress

_FORMAT = 1
"""Raised whenever the same inputs give other findings."""

Stamps = dict[str, tuple[int, int]]
"""Size in bytes and time of change in nanoseconds of files of this machine, by path."""


def findings_here(
    payload: Payload,
    interpreter: frozenset[str],
    environment: Environment,
    cache: Cache,
    progress: Progress = QUIET,
) -> tuple[Diagnostic, ...]:
    """Return a finding for each library that ``payload`` needs and this machine lacks.

    ``interpreter`` are the names of the libraries that the packed interpreter brings. That nothing is
    missing is remembered with the libraries that were found, until one of them changes.

    :raises WheelError: a wheel is not valid.
    """
    key = _key(payload, interpreter, environment)
    known = cache.recall(key, Stamps)
    if known is not None and known == _stamps(map(Path, known)):
        return ()
    from sparkferry.layers.libraries.check import Destination, library_findings
    from sparkferry.layers.libraries.machine import ThisMachine

    place = ThisMachine(environment, interpreter)
    here = Destination(place=place, name="this machine", hint=_hint)
    found = library_findings(payload, here, cache, progress)
    if not found:
        cache.remember(key, _stamps(place.used))
    return found


def _key(payload: Payload, interpreter: frozenset[str], environment: Environment) -> str:
    wheels = [(wheel.sha256, wheel.filename) for wheel in payload.wheels]
    said = (wheels, payload.code, payload.settings, sorted(interpreter), environment)
    return f"libraries here {_FORMAT} {msgspec.json.encode(said, order='deterministic').decode()}"


def _stamps(paths: Iterable[Path]) -> Stamps:
    return {str(path): _stamp(path) for path in paths}


def _stamp(path: Path) -> tuple[int, int]:
    try:
        said = path.stat()
    except OSError:
        return -1, -1
    return said.st_size, said.st_mtime_ns


def _hint(library: str) -> str:
    from sparkferry.layers.libraries.debian import described
    from sparkferry.layers.libraries.findings import OTHERWISE

    package = f"the package that brings it (Debian's, {described(library)})"
    return f"install {package} on this machine, {OTHERWISE}"
