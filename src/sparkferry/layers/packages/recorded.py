"""What the files of a wheel hold, held against its RECORD.

The lock's hash of the whole wheel vouches for the bytes, and neither pip nor uv compares a wheel with its
RECORD. So what RECORD says wrongly is a remark, and the digest in the layer's RECORD is that of the content.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from itertools import chain

import msgspec

from sparkferry.layers.listed import listed
from sparkferry.layers.packages.wheel_archive import WheelArchive
from sparkferry.layers.packages.wheel_record import (
    HASHES,
    Record,
    Recorded,
    format_digest,
    parse_record,
)
from sparkferry.layers.packages.zip_read import Member, WheelError
from sparkferry.snapshot.placeholders import LIMIT, placeholder

_UNLISTED = frozenset({"RECORD", "RECORD.jws", "RECORD.p7s"})
"""Metadata files without a hash in RECORD: itself, and what signs it."""


class Checked(msgspec.Struct, frozen=True):
    """The files of a wheel that were read to their end."""

    members: tuple[Member, ...]
    """With the digests of their content."""
    remarks: tuple[str, ...]
    """What RECORD says wrongly."""


def read_record(archive: WheelArchive) -> Record:
    """Return the wheel's RECORD.

    :raises WheelError: it is missing, or not text.
    """
    try:
        return parse_record(archive.metadata("RECORD"))
    except ValueError as error:
        raise WheelError(archive.filename, f"its RECORD cannot be read ({error})") from error


def check_contents(archive: WheelArchive, record: Record) -> Checked:
    """Read every file, and compare it with the archive's directory and with RECORD.

    :raises WheelError: a file is not what the archive's directory says.
    """
    problems: defaultdict[str, list[str]] = defaultdict(list)
    members = []
    for member in archive.members.values():
        checked, found = _check(archive, member, record.lines)
        members.append(checked)
        for problem in found:
            problems[problem].append(member.name)
    said = (f"{problem} {listed(names)}" for problem, names in problems.items())
    return Checked(tuple(members), (*record.remarks, *said))


def absent(record: Record, names: Mapping[str, object]) -> Iterator[str]:
    """Yield a remark on the files of RECORD that are not among ``names``."""
    gone = sorted(path for path in record.lines.keys() - names.keys() if not path.endswith("/"))
    if gone:
        yield f"its RECORD lists {listed(gone)}, which it does not hold"


def _check(
    archive: WheelArchive, member: Member, lines: Mapping[str, Recorded]
) -> tuple[Member, tuple[str, ...]]:
    """Return the member with its digest, and what is wrong with it, in words that its name follows."""
    folder, _, file = member.name.rpartition("/")
    line = lines.get(member.name)
    unlisted = folder == archive.dist_info and file in _UNLISTED
    algorithm = line.hash.partition("=")[0] if line else ""
    hasher = hashlib.new(algorithm if algorithm in HASHES else "sha256")
    pieces = archive.pieces(member)
    begin = next(pieces, b"")
    for piece in chain((begin,), pieces):
        hasher.update(piece)
    if unlisted:
        return msgspec.structs.replace(member, hash=line.hash if line else ""), ()
    found = format_digest(hasher.name, hasher.digest())
    pointer = placeholder(member.name, begin) if member.size < LIMIT else None
    said = (*_differences(member, line, found), *([f"there is {pointer[0]}:"] if pointer else []))
    return msgspec.structs.replace(member, hash=found), said


def _differences(member: Member, line: Recorded | None, found: str) -> Iterator[str]:
    if line is None:
        yield "its RECORD does not list"
    elif line.hash.partition("=")[0] not in HASHES:
        yield "its RECORD has no SHA-256 of"
    elif line.hash != found:
        yield "its RECORD has a wrong hash of"
    elif line.size not in {"", str(member.size)}:
        yield "its RECORD has a wrong size of"
