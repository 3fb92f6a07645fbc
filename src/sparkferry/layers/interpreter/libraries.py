"""The shared libraries that an interpreter needs beside glibc, found as the loader finds them."""

import os
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import msgspec

from sparkferry.base.elf import Elf, read_elf, read_platform
from sparkferry.base.platforms import Platform
from sparkferry.process import attempt

_GLIBC = re.compile(
    r"(ld-linux.*|lib(c|m|mvec|dl|pthread|rt|resolv|util|anl|BrokenLocale|nss_\w+))\.so\.\d+"
)
"""The libraries of glibc itself: every machine has its own, and they must match each other."""

DIRECTORIES = ("/lib64", "/usr/lib64", "/lib", "/usr/lib")
"""Where ld.so(8) looks last."""


class Linked(msgspec.Struct, frozen=True, kw_only=True):
    """An interpreter with all that it is linked to."""

    files: dict[Path, Elf]
    """The interpreter and those extension modules whose libraries are all there."""
    libraries: dict[str, Path]
    """File by the name under which it is asked for."""
    missing: dict[Path, str]
    """Library that was not found, by the file that is useless without it."""


def link(roots: Iterable[Path], find: Callable[[str, Path, Elf], Path | None]) -> Linked:
    """Follow what ``roots`` and their libraries need; ``find`` gives the file for a name.

    :raises ValueError: one of them is no ELF file; the message names it.
    """
    files: dict[Path, Elf] = {}
    libraries: dict[str, Path] = {}
    missing: dict[Path, str] = {}
    for root in roots:
        elf = _read(root)
        needs = _closure(root, elf, find)
        lost = [name for name, path in needs.items() if path is None]
        if lost:
            missing[root] = lost[0]
            continue
        files[root] = elf
        libraries.update({name: path for name, path in needs.items() if path})
    return Linked(files=files, libraries=libraries, missing=missing)


def _closure(
    path: Path, elf: Elf, find: Callable[[str, Path, Elf], Path | None]
) -> dict[str, Path | None]:
    found: dict[str, Path | None] = {}
    waiting = [(path, elf)]
    while waiting:
        asking, asked = waiting.pop()
        for name in bundled(asked):
            if name not in found:
                library = found[name] = find(name, asking, asked)
                if library:
                    waiting.append((library, _read(library)))
    return found


def _read(path: Path) -> Elf:
    try:
        return read_elf(path.read_bytes())
    except ValueError as error:
        raise ValueError(f"`{path.name}`: {error}") from error


def bundled(elf: Elf) -> tuple[str, ...]:
    """Return what it needs that a machine with only glibc lacks."""
    return tuple(name for name in elf.needed if not is_of_glibc(name))


def is_of_glibc(name: str) -> bool:
    """Whether a library is a part of glibc, by its name."""
    return _GLIBC.fullmatch(name) is not None


class Loader:
    """Looks libraries up as ld.so(8) does, the installation's own directory first.

    An installation that was copied or moved still names its old place in its binaries.
    """

    def __init__(self, own: Path, platform: Platform, system: bool) -> None:
        """``system``: whether this machine's libraries are of ``platform`` at all."""
        self.own = own
        self.platform = platform
        self.known = system_libraries() if system else {}

    def find(self, name: str, asking: Path, elf: Elf) -> Path | None:
        """Return the file that ``asking`` gets for ``name``, or None."""
        for path in self._candidates(name, asking, elf):
            if read_platform(path) == self.platform:
                return path.resolve()
        return None

    def _candidates(self, name: str, asking: Path, elf: Elf) -> Iterator[Path]:
        yield self.own / name
        for place in elf.search:
            origin = str(asking.resolve().parent)
            yield Path(place.replace("$ORIGIN", origin).replace("${ORIGIN}", origin)) / name
        if not self.known:
            return
        for place in os.environ.get("LD_LIBRARY_PATH", "").split(":"):
            if place:
                yield Path(place) / name
        yield from self.known.get(name, ())
        for place in DIRECTORIES:
            yield Path(place) / name


def system_libraries() -> dict[str, tuple[Path, ...]]:
    """Return what the loader's cache holds, by name: `ldconfig -p`, `name (kind) => path` a line."""
    done = attempt(
        ["ldconfig", "-p"], env={"PATH": f"{os.environ.get('PATH', '')}:/sbin:/usr/sbin"}
    )
    found: dict[str, tuple[Path, ...]] = {}
    for line in done.text.splitlines():
        left, arrow, path = line.partition(" => ")
        if arrow:
            name = left.split()[0]
            found[name] = (*found.get(name, ()), Path(path))
    return found
