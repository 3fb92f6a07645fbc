"""The shared libraries of an image below its packages: those of its base and of Debian's packages.

Which there are follows from the lists of files of packages and base alone; no layer is read for it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping

import msgspec

from sparkferry.base.cache import Cache
from sparkferry.image.base_layers import key_of
from sparkferry.image.debian.model import ARCHITECTURES, TRIPLETS, Mirror, Suite
from sparkferry.image.debian.paths import merged
from sparkferry.image.sets import BaseInputs
from sparkferry.layers.libraries.model import Version
from sparkferry.progress import Progress

_FORMAT = 1
"""Raised whenever the same packages give other libraries."""

NEWEST: Mapping[Suite, Mapping[str, Version]] = {
    "bookworm": {"GLIBC": (2, 36), "GLIBCXX": (3, 4, 30), "CXXABI": (1, 3, 13)},
    "trixie": {"GLIBC": (2, 41), "GLIBCXX": (3, 4, 33), "CXXABI": (1, 3, 15)},
}
"""Newest versions of symbols of glibc and libstdc++ by suite: of GCC 12.2 and 14.2 (GCC's manual of
libstdc++, "ABI Policy and Guidelines"). They do not change within one."""


class SystemLibraries(msgspec.Struct, frozen=True, kw_only=True):
    """A `Place`: what is there beside the packages, where they run in an image."""

    files: frozenset[str]
    """Paths of libraries, relative to the root of a merged system."""
    directories: tuple[str, ...]
    """Absolute paths of those in which the loader looks by itself."""
    newest: dict[str, Version]
    interpreter: frozenset[str] = frozenset()
    """Names of the libraries that the packed interpreter brings."""

    def has(self, library: str, search: tuple[str, ...]) -> bool:
        """Whether the loader finds ``library`` there, or the interpreter brings it."""
        if library.startswith("/"):
            return merged(library.strip("/")) in self.files
        places = (f"{x}/{library}".strip("/") for x in (*search, *self.directories))
        return library in self.interpreter or any(merged(x) in self.files for x in places)


def is_library(path: str) -> bool:
    """Whether a file may be a shared library, by its name."""
    return ".so" in path.rpartition("/")[2]


def system_libraries(
    base_inputs: BaseInputs, mirror: Callable[[], Mirror], cache: Cache, progress: Progress
) -> SystemLibraries:
    """Return the libraries of base and Debian packages.

    ``mirror`` is called only if packages have to be read.

    :raises ExternalError: the mirror is out of reach or lacks a package.
    """
    recipe = base_inputs.recipe
    found = cache.memo(
        f"image libraries {_FORMAT} {key_of(base_inputs)}",
        _Found,
        lambda: _read(base_inputs, mirror, cache, progress),
    )
    triplet = TRIPLETS[ARCHITECTURES[recipe.platform]]
    own = (f"/usr/lib/{triplet}", "/usr/lib", "/usr/lib64")
    more = recipe.config.env.get("LD_LIBRARY_PATH", "").split(":")
    return SystemLibraries(
        files=frozenset((*found.files, *base_inputs.base.libraries)),
        directories=(*filter(None, more), *found.directories, *own),
        newest=dict(NEWEST[recipe.suite]),
    )


class _Found(msgspec.Struct, frozen=True, kw_only=True):
    """A memo: what packages have."""

    files: tuple[str, ...]
    directories: tuple[str, ...]
    """Those that their configuration of the loader names."""


def _read(
    base_inputs: BaseInputs, mirror: Callable[[], Mirror], cache: Cache, progress: Progress
) -> _Found:
    from sparkferry.image.debian.configure.ld_so_cache import search_path
    from sparkferry.image.debian.configure.unpacked import Unpacked
    from sparkferry.image.debian.root import read_packages

    locked = tuple(package for item in base_inputs.sets for package in item.packages)
    packages = read_packages(locked, mirror(), cache, progress)
    unpacked = Unpacked(
        architecture=ARCHITECTURES[base_inputs.recipe.platform],
        packages=packages,
        base=base_inputs.base.files,
    )
    files = _libraries(contents.files for contents in packages.values())
    return _Found(files=tuple(sorted(files)), directories=search_path(unpacked))


def _libraries(files: Iterable[Iterable[str]]) -> Iterator[str]:
    return (path for paths in files for path in paths if is_library(path))
