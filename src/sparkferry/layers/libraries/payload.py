"""What ships, as far as its shared libraries are concerned."""

from pathlib import Path

import msgspec

from sparkferry.base.elf import Elf
from sparkferry.base.platforms import Platform
from sparkferry.layers.code.contents import code_contents
from sparkferry.layers.libraries.content import read_pieces
from sparkferry.layers.libraries.model import Binary, PackageLibraries
from sparkferry.layers.model import Wheel
from sparkferry.project.model import Packages, Project
from sparkferry.snapshot.model import File, Snapshot


class Payload(msgspec.Struct, frozen=True, kw_only=True):
    """What ships."""

    wheels: tuple[Wheel, ...]
    code: PackageLibraries
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


def read_code(project: Project, snapshot: Snapshot) -> PackageLibraries:
    """Return the shared libraries among the files that ship, by their paths in the code layer.

    :raises UserError: an ``include`` pattern is not valid.
    """
    found = {
        name: read_pieces((path.read_bytes(),), path.stat().st_size)
        for name, path in _libraries(project, snapshot).items()
    }
    return PackageLibraries(
        package="",
        version="",
        binaries=tuple(
            Binary(path=name, elf=elf)
            for name, elf in found.items()
            if isinstance(elf, Elf) and elf.loadable
        ),
        damaged=tuple(name for name, elf in found.items() if elf == "damaged"),
    )


def _libraries(project: Project, snapshot: Snapshot) -> dict[str, Path]:
    if not any(_is_library(file.path) for file in snapshot.files):
        return {}
    return {
        member.name: member.content.source
        for member in code_contents(project, snapshot).members
        if isinstance(member.content, File) and _is_library(member.name)
    }


def _is_library(path: str) -> bool:
    return ".so" in path.rpartition("/")[2]
