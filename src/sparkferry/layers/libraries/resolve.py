"""Which libraries are missing where packages run: a pure function.

The rules are those of ld.so(8), made lenient where code decides: a library that any file of the packages
is, or calls itself by its SONAME, counts as found, since packages load each other's libraries before they
import what needs them (``nvidia-*``, ``mkl``), and the loader takes a library that is loaded already.
Files for another machine are not looked at: they are data of packages that serve several.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache
from types import MappingProxyType
from typing import Final

from sparkferry.base.platforms import Platform
from sparkferry.layers.interpreter.libraries import is_of_glibc
from sparkferry.layers.libraries.model import (
    Binary,
    Missing,
    PackageLibraries,
    Place,
    dotted,
    newest_of,
)

_DRIVER = re.compile(r"lib(cuda|cudadebugger|nvcuvid|nvoptix|nvidia-[\w-]+)\.so\.\d+")
"""Libraries that NVIDIA's driver, and so the machine, puts into containers (NVIDIA Container Toolkit,
``NVIDIA_DRIVER_CAPABILITIES``)."""

OPTIONAL: Final[Mapping[tuple[str, str], str]] = MappingProxyType(
    {
        (
            "intel-openmp",
            r"lib(imf|intlc|irng|svml|sycl|ur_loader)\.so.*",
        ): "needed by the race detector "
        "Archer and for offloading, which programs load on request (documentation of LLVM's OpenMP)",
        (
            "numba",
            r"lib(gomp|tbb)\.so.*",
        ): "its functions run on its own pool of threads without it "
        '(documentation of numba, "The Threading Layers")',
        (
            "onnxruntime-gpu",
            r"lib(cu|nv).+",
        ): "execution providers whose libraries are missing are skipped "
        '(documentation of ONNX Runtime, "Execution Providers")',
        (
            "tbb",
            r"libhwloc\.so.*",
        ): "threads are not bound to NUMA nodes without it (documentation of "
        'oneTBB, "Guiding Task Scheduler Execution")',
    }
)
"""Why nothing is wrong without a library, by package and pattern of the library's name."""


def missing(
    shipped: Sequence[PackageLibraries],
    platform: Platform,
    place: Place,
    optional: Collection[str] = (),
) -> tuple[Missing, ...]:
    """Return what the packages need on ``platform`` and find neither among themselves nor in ``place``.

    ``optional`` are names of libraries without which the packages do.
    """
    own = own_names(shipped, platform).union(optional)
    given = _Asked(place)
    return tuple(item for package in shipped for item in _of_package(package, platform, given, own))


class _Asked:
    """A place that is asked once for each library: packages have hundreds of files that need the same."""

    def __init__(self, place: Place) -> None:
        self.has = cache(place.has)
        self.newest = place.newest


def own_names(shipped: Iterable[PackageLibraries], platform: Platform) -> frozenset[str]:
    """Return the names under which the packages' own files are found."""
    loaded = (x for package in shipped for x in package.binaries if x.elf.platform == platform)
    return frozenset(
        name for x in loaded for name in (x.path.rpartition("/")[2], x.elf.soname) if name
    )


def _of_package(
    package: PackageLibraries, platform: Platform, place: Place, own: frozenset[str]
) -> Iterator[Missing]:
    lost: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for binary in package.binaries:
        if binary.elf.platform == platform:
            for reason in _lacks(binary, package.package, place, own):
                lost[reason].append(binary.path)
    for (library, version, has), files in sorted(lost.items()):
        yield Missing(
            package=package.title,
            files=tuple(sorted(files)),
            library=library,
            version=version,
            has=has,
        )


def _lacks(
    binary: Binary, package: str, place: Place, own: frozenset[str]
) -> Iterator[tuple[str, str, str]]:
    for library in binary.elf.needed:
        name = library.rpartition("/")[2]
        found = name in own or is_of_glibc(name) or place.has(_asked(library), binary.search)
        if not found and not _needless(package, name):
            yield library, "", ""
    for library, versions in binary.elf.versions.items():
        if library not in own:
            yield from _too_new(library, versions, place)


def _asked(library: str) -> str:
    """Return what the loader looks for: ``$ORIGIN/x.so`` and ``./x.so`` by their name."""
    return library if library.startswith("/") else library.rpartition("/")[2]


def _too_new(
    library: str, versions: tuple[str, ...], place: Place
) -> Iterator[tuple[str, str, str]]:
    for prefix, version in newest_of(versions).items():
        has = place.newest.get(prefix)
        if has is not None and version > has:
            yield library, f"{prefix}_{dotted(version)}", f"{prefix}_{dotted(has)}"


def _needless(package: str, library: str) -> bool:
    if _DRIVER.fullmatch(library):
        return True
    return any(name == package and re.fullmatch(x, library) for name, x in OPTIONAL)
