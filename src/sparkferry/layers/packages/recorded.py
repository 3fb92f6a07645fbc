"""What the files of a wheel hold, held against its RECORD.

The lock's hash of the whole wheel vouches for the bytes, and neither pip nor uv compares a wheel with its
RECORD. So what RECORD says wrongly is a remark, and the digest in the layer's RECORD is that of the content.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Mapping

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
        checked, problem = _check(archive, member, record.lines)
        members.append(checked)
        if problem:
            problems[problem].append(member.name)
    said = (f"its RECORD {problem} {listed(names)}" for problem, names in problems.items())
    return Checked(tuple(members), (*record.remarks, *said))


def absent(record: Record, names: Mapping[str, object]) -> Iterator[str]:
    """Yield a remark on the files of RECORD that are not among ``names``."""
    gone = sorted(path for path in record.lines.keys() - names.keys() if not path.endswith("/"))
    if gone:
        yield f"its RECORD lists {listed(gone)}, which it does not hold"


def _check(
    archive: WheelArchive, member: Member, lines: Mapping[str, Recorded]
) -> tuple[Member, str | None]:
    """Return the member with its digest, and how RECORD differs from it."""
    folder, _, file = member.name.rpartition("/")
    line = lines.get(member.name)
    unlisted = folder == archive.dist_info and file in _UNLISTED
    algorithm = line.hash.partition("=")[0] if line else ""
    hasher = hashlib.new(algorithm if algorithm in HASHES else "sha256")
    for piece in archive.pieces(member):
        hasher.update(piece)
    if unlisted:
        return msgspec.structs.replace(member, hash=line.hash if line else ""), None
    found = format_digest(hasher.name, hasher.digest())
    return msgspec.structs.replace(member, hash=found), _difference(member, line, found)


def _difference(member: Member, line: Recorded | None, found: str) -> str | None:
    if line is None:
        return "does not list"
    if line.hash.partition("=")[0] not in HASHES:
        return "has no SHA-256 of"
    if line.hash != found:
        return "has a wrong hash of"
    return "has a wrong size of" if line.size not in {"", str(member.size)} else None
