"""What the packages layer holds, and from which bytes: a pure function of the wheels' indexes.

The order is that of the wheels by file name, and inside of each that of its own bytes, so that copying
reads and writes from front to back.
"""

import zlib
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from pathlib import Path

import msgspec

from sparkferry.base.zip_write import STORED, Header
from sparkferry.errors import Diagnostic, UserError
from sparkferry.layers.listed import listed
from sparkferry.layers.names import normalised
from sparkferry.layers.packages.bytecode import Bytecode, source_of
from sparkferry.layers.packages.clashes import Claim, Clash, choose, clashes
from sparkferry.layers.packages.prune import left_out
from sparkferry.layers.packages.wheel_index import WheelIndex
from sparkferry.layers.packages.wheel_layout import launcher, place, relaunched, scheme
from sparkferry.layers.packages.wheel_record import Recorded, digest, format_record
from sparkferry.layers.packages.zip_names import parents
from sparkferry.layers.packages.zip_read import Member
from sparkferry.project.model import Packages

_VOUCHED = "the lock's hash vouches for the file, so it ships; report it to the package's publisher"


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


class Contents(msgspec.Struct, frozen=True):
    """What the layer holds."""

    files: dict[Path, tuple[Item, ...]]
    """By the wheel that brings them."""
    warnings: tuple[Diagnostic, ...]
    """Files of wheels that do not ship since others take their places, and other carelessness."""


def contents(wheels: Sequence[Packable], settings: Packages) -> Contents:
    """Return the files of the layer.

    :raises UserError: two wheels hold different files of one path, and nothing decides between them.
    """
    prefer = tuple(map(normalised, settings.prefer))
    brought = {wheel.path: _items(wheel, settings) for wheel in wheels}
    claims = _claims(wheels, brought)
    blocking, lost = _in_the_way(claims, prefer)
    found = (*clashes(claims, prefer), *blocking)
    _check(found)
    winners = {
        path: choose(several, prefer) for path, several in claims.items() if path not in lost
    }
    files = {wheel.path: tuple(_shipped(wheel, brought[wheel.path], winners)) for wheel in wheels}
    clashed = (Diagnostic("warning", str(clash), clash.hint) for clash in found)
    return Contents(files, (*_remarks(wheels), *clashed, *_idle(wheels, prefer)))


def _claims(
    wheels: Sequence[Packable], brought: Mapping[Path, Sequence[Item]]
) -> dict[str, list[Claim]]:
    claims: dict[str, list[Claim]] = {}
    for wheel in wheels:
        filename = wheel.path.name
        package = normalised(filename.partition("-")[0])
        blank = {place(wheel.index.dist_info, name) for name in wheel.index.blank}
        for item in brought[wheel.path]:
            claim = Claim(filename, package, _content(item), item.path in blank)
            claims.setdefault(item.path, []).append(claim)
    return claims


def _in_the_way(
    claims: Mapping[str, Sequence[Claim]], prefer: Sequence[str]
) -> tuple[tuple[Clash, ...], frozenset[str]]:
    """Return files of the name of a directory as clashes, and the paths that lose by ``prefer``."""
    found, lost = list[Clash](), set[str]()
    for folder in sorted(parents(claims) & claims.keys()):
        inner = [path for path in claims if path.startswith(f"{folder}/")]
        both = [choose(claims[path], prefer) for path in (folder, inner[0])]
        winner = choose(both, prefer)
        other = both[both[0] is winner]
        if winner.package in prefer:
            lost.update(inner if winner is both[0] else [folder])
            continue
        names = (winner.package, other.package)
        found.append(Clash(winner.wheel, other.wheel, names, (folder,), "error"))
    return tuple(found), frozenset(lost)


def _shipped(
    wheel: Packable, items: Sequence[Item], winners: Mapping[str, Claim]
) -> Iterator[Item]:
    """Yield what ships from the wheel, and its RECORD, which also lists what another one ships alike."""
    filename = wheel.path.name
    same = [item for item in items if _is_same(winners.get(item.path), item)]
    # Bytecode is not checked against its source, so it ships only beside the one that it was made of.
    paths = {item.path for item in same}
    compiled = [*_compiled(wheel.bytecode, paths)] if wheel.bytecode else []
    yield from (item for item in same if winners[item.path].wheel == filename)
    yield from (item for item in compiled if winners[source_of(item.path)].wheel == filename)
    record = f"{wheel.index.dist_info}/RECORD"
    lines = [Recorded(item.path, item.hash, str(item.header.size)) for item in (*same, *compiled)]
    yield _made(wheel.path, record, format_record([*lines, Recorded(record, "", "")]))


def _is_same(winner: Claim | None, item: Item) -> bool:
    return winner is not None and winner.content == _content(item)


def _content(item: Item) -> tuple[int, int, str]:
    return item.header.crc, item.header.size, item.hash


def _items(wheel: Packable, settings: Packages) -> tuple[Item, ...]:
    without = left_out(wheel.index, settings)
    return (*_copied(wheel.path, wheel.index, without), *_scripts(wheel.path, wheel.index))


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


def _check(found: Sequence[Clash]) -> None:
    errors = [clash for clash in found if clash.severity == "error"]
    if errors:
        raise UserError(
            f"could not pack `packages.zip`: {'; '.join(map(str, errors))}",
            hint=f"{errors[0].hint}; or leave one of the two packages out",
        )


def _remarks(wheels: Sequence[Packable]) -> Iterator[Diagnostic]:
    for wheel in wheels:
        if wheel.index.remarks:
            said = "; ".join(wheel.index.remarks)
            message = f"`{wheel.path.name}` does not keep to the wheel specification: {said}"
            yield Diagnostic("warning", message, _VOUCHED)


def _idle(wheels: Sequence[Packable], prefer: Sequence[str]) -> Iterator[Diagnostic]:
    known = {normalised(wheel.path.name.partition("-")[0]) for wheel in wheels}
    absent = [name for name in prefer if name not in known]
    if absent:
        message = f"`packages.prefer` names {listed(absent)}, which the lock does not"
        yield Diagnostic("warning", message, "write the name as the lock has it, or take it out")
