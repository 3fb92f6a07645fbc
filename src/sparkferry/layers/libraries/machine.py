"""The shared libraries of this machine, as its loader finds them."""

from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path

from sparkferry.base.elf import read_elf, read_platform
from sparkferry.layers.environment import MACHINES
from sparkferry.layers.interpreter.libraries import DIRECTORIES, system_libraries
from sparkferry.layers.libraries.model import Version, newest_of
from sparkferry.layers.model import Environment

_CPP = "libstdc++.so.6"


class ThisMachine:
    """A `Place`: what is there beside the packages, where they run on this machine."""

    def __init__(self, environment: Environment, interpreter: frozenset[str]) -> None:
        """``interpreter`` are the names of the libraries that the packed interpreter brings."""
        self._environment = environment
        self._interpreter = interpreter
        machine = MACHINES[environment.platform]
        self.used: set[Path] = set()
        """The files that were found."""
        self._directories = tuple(
            Path(x) for x in (f"/lib/{machine}-linux-gnu", f"/usr/lib/{machine}-linux-gnu")
        ) + tuple(map(Path, DIRECTORIES))

    def has(self, library: str, search: tuple[str, ...]) -> bool:
        """Whether the loader finds ``library`` here, or the interpreter brings it."""
        return library in self._interpreter or self._find(library, search) is not None

    @cached_property
    def newest(self) -> Mapping[str, Version]:
        """Newest versions of symbols of glibc, and of the C++ library if there is one."""
        return {**self._of_cpp(), "GLIBC": self._environment.glibc}

    def _of_cpp(self) -> Mapping[str, Version]:
        path = self._find(_CPP, ())
        try:
            return newest_of(read_elf(path.read_bytes()).defines) if path else {}
        except (OSError, ValueError):
            return {}

    def _find(self, library: str, search: tuple[str, ...]) -> Path | None:
        paths = self._candidates(library, search)
        found = next((x for x in paths if read_platform(x) == self._environment.platform), None)
        if found:
            self.used.add(found)
        return found

    def _candidates(self, library: str, search: tuple[str, ...]) -> Iterator[Path]:
        for directory in (*map(Path, search), *self._directories):
            yield directory / library
        yield from self._cached.get(library, ())

    @cached_property
    def _cached(self) -> Mapping[str, tuple[Path, ...]]:
        return system_libraries()
