"""What the packages layer holds, and from which bytes: a pure function of the wheels' indexes.

The order is that of the wheels by file name, and inside of each that of its own bytes, so that copying
reads and writes from front to back.
"""

import zlib
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from pathlib import Path

import msgspec

from sparkferry.errors import UserError
from sparkferry.layers.packages.bytecode import Bytecode, source_of
from sparkferry.layers.packages.prune import left_out
from sparkferry.layers.packages.wheel_index import WheelIndex
from sparkferry.layers.packages.wheel_layout import launcher, place, relaunched, scheme
from sparkferry.layers.packages.wheel_record import Recorded, digest, format_record
from sparkferry.layers.packages.zip_read import Member, parents
from sparkferry.layers.zip_write import STORED, Header
from sparkferry.project.model import Packages

_SHOWN = 5
"""How many paths of two wheels in conflict an error message names."""


class Item(msgspec.Struct, frozen=True):
    """One file of the layer."""

    path: str
    header: Header
    hash: str
    """Digest of the content as RECORD has it; empty for RECORD itself."""
    wheel: Path
    """Where it comes from."""
    offset: int
    """Where its ``header.compressed`` bytes begin in the wheel; 0 where there is ``made``."""
    made: bytes | None = None
    """Content that packing makes. Stored, since what a compressor makes of it depends on its version."""


class Packable(msgspec.Struct, frozen=True):
    """A wheel and what is known of it."""

    path: Path
    index: WheelIndex
    bytecode: Bytecode | None = None


def contents(wheels: Sequence[Packable], settings: Packages) -> dict[Path, tuple[Item, ...]]:
    """Return the files of the layer, by the wheel that brings them.

    :raises UserError: two wheels hold different files of one path.
    """
    claims: dict[str, Item] = {}
    found: dict[Path, tuple[Item, ...]] = {}
    conflicts: dict[tuple[str, str], list[str]] = {}
    for wheel in wheels:
        path = wheel.path
        items = tuple(_items(wheel, left_out(wheel.index, settings)))
        for item in items:
            first = claims.setdefault(item.path, item)
            if first is not item and not _is_same(first, item):
                conflicts.setdefault((first.wheel.name, path.name), []).append(item.path)
        found[path] = tuple(item for item in items if claims[item.path] is item)
    for folder in sorted(parents(claims) & claims.keys()):
        inside = next(item for item in claims.values() if item.path.startswith(f"{folder}/"))
        conflicts.setdefault((claims[folder].wheel.name, inside.wheel.name), []).append(folder)
    _check(conflicts)
    return found


def pth_files(index: WheelIndex) -> tuple[str, ...]:
    """Return the ``.pth`` files of the wheel, which Python does not read in the packages directory.

    Python reads them in site directories only. Those seen in the wild declare old namespace packages
    (``*-nspkg.pth``, which Python 3 finds without), put setuptools' copy of distutils in place
    (``distutils-precedence.pth``) or start tools of development (coverage, editable installs).
    """
    places = (place(index.dist_info, member.name) for member in index.members)
    return tuple(path for path in places if path.endswith(".pth") and "/" not in path)


def _items(packable: Packable, without: frozenset[str]) -> Iterator[Item]:
    wheel, index = packable.path, packable.index
    items = [*_copied(wheel, index, without), *_scripts(wheel, index)]
    if packable.bytecode:
        items.extend(_compiled(packable.bytecode, {item.path for item in items}))
    record = f"{index.dist_info}/RECORD"
    lines = [Recorded(item.path, item.hash, str(item.header.size)) for item in items]
    yield from items
    yield _made(wheel, record, format_record([*lines, Recorded(record, "", "")]))


def _copied(wheel: Path, index: WheelIndex, without: frozenset[str]) -> Iterator[Item]:
    # A RECORD is made anew, so what signs the old one is of no use.
    made = {f"{index.dist_info}/RECORD{suffix}" for suffix in ("", ".jws", ".p7s")}
    made.update(index.scripts)
    made.update(without)
    commands = {f"bin/{name}" for name, _ in index.commands}
    for member in index.members:
        path = place(index.dist_info, member.name)
        if member.name not in made and path not in commands:
            header = _header(
                path, member, is_script=scheme(index.dist_info, member.name) == "scripts"
            )
            yield Item(path, header, member.hash, wheel, member.offset)


def _scripts(wheel: Path, index: WheelIndex) -> Iterator[Item]:
    scripts = {
        place(index.dist_info, name): relaunched(text) for name, text in index.scripts.items()
    }
    commands = {f"bin/{name}": launcher(reference) for name, reference in index.commands}
    for path, text in (scripts | commands).items():
        yield _made(wheel, path, text, digest(text), executable=True)


def _compiled(bytecode: Bytecode, paths: AbstractSet[str]) -> Iterator[Item]:
    """Yield the bytecode of the sources that ship, but for what the wheel brings itself."""
    for member in bytecode.members:
        if source_of(member.name) in paths and member.name not in paths:
            header = _header(member.name, member, is_script=False)
            yield Item(member.name, header, member.hash, bytecode.path, member.offset)


def _header(path: str, member: Member, *, is_script: bool) -> Header:
    return Header(
        path.encode(),
        member.method,
        member.crc,
        member.size,
        member.compressed,
        member.executable or is_script,
    )


def _made(
    wheel: Path, path: str, content: bytes, checksum: str = "", *, executable: bool = False
) -> Item:
    size = len(content)
    header = Header(path.encode(), STORED, zlib.crc32(content), size, size, executable)
    return Item(path, header, checksum, wheel, 0, content)


def _is_same(first: Item, second: Item) -> bool:
    return (first.header.crc, first.header.size, first.hash) == (
        second.header.crc,
        second.header.size,
        second.hash,
    )


def _check(conflicts: dict[tuple[str, str], list[str]]) -> None:
    said = []
    for (first, second), paths in conflicts.items():
        names = ", ".join(f"`{path}`" for path in paths[:_SHOWN])
        more = f" and {len(paths) - _SHOWN} more" if len(paths) > _SHOWN else ""
        said.append(f"`{first}` and `{second}` hold different files {names}{more}")
    if said:
        raise UserError(
            f"could not pack `packages.zip`: {'; '.join(said)}",
            hint="only one of the two packages can ship: leave one out, or lock versions of them "
            "that do not overlap",
        )
