"""What a job's code can import that is not the project's: standard library, Spark, packages, runtime."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from sparkferry.base.cache import Cache
from sparkferry.files import sha256_bytes
from sparkferry.layers.model import Environment, Selection, Wheel
from sparkferry.layers.modules.distributions import distributions
from sparkferry.layers.modules.stdlib import standard
from sparkferry.layers.modules.tree import ModuleTree
from sparkferry.layers.packages.wheel_layout import place
from sparkferry.layers.packages.zip_read import WheelError
from sparkferry.layers.wheels.get import find_wheels

_FORMAT = 1
"""Raised whenever the same wheels give other modules."""

_OF_TARGET = frozenset({"pyspark", "py4j", "sparkferry", "__main__"})
"""What Spark brings to every job, the runtime, and the program itself."""


_DEPTH = 3
"""Levels of directories below a source directory in which packages are looked for."""


class Provided(msgspec.Struct, frozen=True, kw_only=True):
    """What there is beside the project's own code."""

    minor: int
    """Of the target's Python, as 12."""
    modules: frozenset[str] = frozenset()
    """Dotted names of the uppermost modules and regular packages that the wheels hold."""
    unread: frozenset[str] = frozenset()
    """Packages (PEP 503) that ship and whose wheels are not here yet: what they hold is not known."""

    def is_standard(self, top: str) -> bool:
        """Return whether a top-level module is found before all packages."""
        return top in standard(self.minor)

    def is_regular(self, top: str) -> bool:
        """Return whether a top-level module hides directories of that name: it has an ``__init__``."""
        return top in _OF_TARGET or top in self.modules

    def has(self, name: str) -> bool:
        """Return whether a dotted module is there, or is taken to be in a package that is not here yet."""
        above = {".".join(parts) for parts in _prefixes(name)}
        return (
            not self.modules.isdisjoint(above)
            or self.is_namespace(name)
            or not self.unread.isdisjoint(distributions(name))
        )

    def is_namespace(self, name: str) -> bool:
        """Return whether packages put modules below ``name``, and none of them has an ``__init__`` there."""
        return any(module.startswith(f"{name}.") for module in self.modules)

    def first_missing(self, name: str, missing: str) -> str:
        """Return the shortest part of ``name`` that is not there either, ``missing`` or a longer one."""
        parts = (".".join(parts) for parts in _prefixes(name))
        longer = (part for part in parts if len(part) >= len(missing))
        return next((part for part in longer if not self.has(part)), name)


def _prefixes(name: str) -> list[list[str]]:
    parts = name.split(".")
    return [parts[:length] for length in range(1, len(parts) + 1)]


def provided_at_hand(selection: Selection, cache: Cache) -> Provided:
    """Return what those packages of the selection bring whose wheels, or source directories, are here.

    :raises WheelError: a wheel is not a zip archive.
    :raises ExternalError: the cache cannot be written.
    """
    wheels, absent = find_wheels(selection, cache)
    read = provided_by(wheels, selection.environment, cache)
    local = (Path(pin.artifact.path) for pin in absent if pin.artifact.path)
    modules = (name for directory in local for name in _modules_below(directory))
    unread = frozenset(pin.name for pin in absent)
    return msgspec.structs.replace(read, modules=read.modules.union(modules), unread=unread)


def provided_by(wheels: Iterable[Wheel], environment: Environment, cache: Cache) -> Provided:
    """Return what the wheels bring. Remembered by their digests.

    :raises WheelError: a wheel is not a zip archive.
    :raises ExternalError: the cache cannot be written.
    """
    found = {wheel.sha256: wheel.path for wheel in wheels}
    digest = sha256_bytes(" ".join(sorted(found)).encode())
    modules = cache.memo(
        f"modules {_FORMAT} {digest}", frozenset[str], lambda: _modules(found.values())
    )
    return Provided(minor=int(environment.minor.partition(".")[2]), modules=modules)


def _modules(wheels: Iterable[Path]) -> frozenset[str]:
    names = (name for wheel in wheels for name in _paths(wheel))
    return frozenset(ModuleTree(names).surface())


def _paths(wheel: Path) -> list[str]:
    import zipfile

    try:
        with zipfile.ZipFile(wheel) as archive:
            names = archive.namelist()
    except zipfile.BadZipFile as error:
        raise WheelError(wheel.name, f"it is not a complete zip archive ({error})") from error
    inside = (name.partition("/")[0] for name in names)
    dist_info = next((name for name in inside if name.endswith(".dist-info")), "")
    return [place(dist_info, name) for name in names]


def _modules_below(directory: Path) -> Iterator[str]:
    """Yield the modules that a source directory may become a package of; rather too many than too few."""
    top = directory / "src" if (directory / "src").is_dir() else directory
    found = []
    for parent, names, files in os.walk(top):
        inside = Path(parent).relative_to(top)
        names[:] = [name for name in names if name.isidentifier() and len(inside.parts) < _DEPTH]
        found += [(inside / name).as_posix() for name in files]
    yield from ModuleTree(found).surface()
