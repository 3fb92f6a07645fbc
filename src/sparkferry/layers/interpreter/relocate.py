"""Binaries that find their libraries beside themselves, wherever the layer is unpacked.

RPATH and not RUNPATH: it comes before LD_LIBRARY_PATH, so a cluster's own libraries do not take
the place of those that were packed.
"""

import os
from collections.abc import Mapping
from pathlib import Path

import msgspec

from sparkferry.base.elf import read_elf
from sparkferry.layers.interpreter.libraries import bundled
from sparkferry.layers.interpreter.strip import strip
from sparkferry.layers.interpreter.tarball import Member
from sparkferry.process import run, tool


class Newest(msgspec.Struct, frozen=True):
    """The newest glibc that any packed file asks for."""

    version: tuple[int, int]
    file: str


def relocated(files: Mapping[str, Path], directory: Path) -> tuple[list[Member], Newest]:
    """Return the ELF files, by name in the layer, stripped and patched in the empty ``directory``.

    :raises ExternalError: patchelf is missing or fails.
    """
    groups: dict[str, list[Path]] = {}
    newest = Newest((0, 0), "")
    members = []
    for name, source in sorted(files.items()):
        data = source.read_bytes()
        elf = read_elf(data)
        newest = max(newest, Newest(elf.glibc, name), key=lambda item: item.version)
        copy = directory / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(strip(data))
        members.append(Member(name, copy, executable=True))
        if bundled(elf) or any(not part.startswith("$ORIGIN") for part in elf.search):
            groups.setdefault(_rpath(name), []).append(copy)
    for rpath, copies in groups.items():
        argv = [tool("patchelf"), "--force-rpath", "--set-rpath", rpath, *map(str, copies)]
        run(argv, action="make `python` relocatable")
    return members, newest


def _rpath(name: str) -> str:
    """Return the way from a file of the layer to `lib/`, as the loader reads it."""
    way = os.path.relpath("lib", Path(name).parent)
    return "$ORIGIN" if way == "." else f"$ORIGIN/{way}"
