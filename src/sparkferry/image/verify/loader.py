"""The libraries of an image as its dynamic loader finds them (ld.so(8))."""

import re
from collections.abc import Iterator, Mapping
from functools import cached_property

from sparkferry.base.elf import Elf
from sparkferry.base.platforms import Platform
from sparkferry.image.debian.configure.ld_so_cache import read_cache, search_path
from sparkferry.image.debian.configure.unpacked import Unpacked
from sparkferry.image.debian.model import ARCHITECTURES, TRIPLETS
from sparkferry.image.verify.model import CheckInput
from sparkferry.layers.libraries.model import Version, newest_of

VERSIONED = ("libc.so.6", "libstdc++.so.6")
"""Libraries whose versions of symbols count."""

_CONFIGURATION = re.compile(r"etc/ld\.so\.(?:cache|conf(?:\.d/[^/]+)?)")
_DIRECTORIES = ("/lib64", "/usr/lib64")
"""Where loaders of other systems than Debian look, too."""

_MODULES = re.compile(r"(.*/lib)/python3(?:\.\d+)?(?:/|$)")
"""Where an interpreter has its libraries, by the path of its modules."""


def is_versioned(path: str) -> bool:
    """Whether a file is a library whose versions of symbols count, by its path."""
    return path.rpartition("/")[2].startswith(VERSIONED)


def is_configuration(path: str) -> bool:
    """Whether a file configures the loader."""
    return _CONFIGURATION.fullmatch(path) is not None


class ImageLoader:
    """A `Place`: the image, its interpreters' own libraries included."""

    def __init__(self, subject: CheckInput, platform: Platform) -> None:
        self._subject, self._platform = subject, platform
        self._rootfs = subject.rootfs

    def has(self, library: str, search: tuple[str, ...]) -> bool:
        """Whether the loader finds ``library``, or an interpreter has it among its own."""
        if library.startswith("/"):
            return self._is_file(library)
        places = (f"{directory}/{library}" for directory in (*search, *self._directories))
        return library in self._cached or any(map(self._is_file, places))

    @cached_property
    def newest(self) -> Mapping[str, Version]:
        """Newest versions of symbols, as its C and C++ libraries define them."""
        found = (self._elf(name) for name in VERSIONED)
        return newest_of(tuple(name for elf in found if elf for name in elf.defines))

    def _elf(self, library: str) -> Elf | None:
        nodes = (self._rootfs.find(f"{x}/{library}") for x in self._directories)
        found = next((x.elf for x in nodes if x is not None), None)
        return found if isinstance(found, Elf) else None

    def _is_file(self, path: str) -> bool:
        node = self._rootfs.find(path)
        return node is not None and node.kind in {"file", "hardlink"}

    @cached_property
    def _directories(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self._find_directories()))

    def _find_directories(self) -> Iterator[str]:
        variable = self._subject.config.config.environ.get("LD_LIBRARY_PATH", "")
        yield from filter(None, variable.split(":"))
        architecture = ARCHITECTURES[self._platform]
        files = {x: data for x, data in self._rootfs.contents.items() if is_configuration(x)}
        configured = Unpacked(architecture=architecture, packages={}, base=files)
        yield f"/usr/lib/{TRIPLETS[architecture]}"
        yield f"/lib/{TRIPLETS[architecture]}"
        yield from (*search_path(configured), *_DIRECTORIES)
        modules = (_MODULES.match(path) for path in self._rootfs.nodes)
        yield from sorted({f"/{found[1]}" for found in modules if found})

    @cached_property
    def _cached(self) -> frozenset[str]:
        data = self._rootfs.content("etc/ld.so.cache") or b""
        return frozenset(x.name for x in read_cache(data) if self._is_file(x.path))
