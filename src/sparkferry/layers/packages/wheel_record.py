"""The RECORD of a wheel: what it says of each file, and what it says once files were moved or left out.

After the specification "recording installed projects" and PEP 376, 427 and 627.
"""

import base64
import csv
import hashlib
import io
from collections.abc import Iterable

import msgspec

from sparkferry.layers.listed import listed

HASHES = frozenset({"sha256", "sha384", "sha512"})
"""Algorithms that are accepted: PEP 427 asks for SHA-256 or better."""

_COLUMNS = 3


class Recorded(msgspec.Struct, frozen=True):
    """One line of a RECORD."""

    path: str
    hash: str
    """As ``sha256=…`` in URL-safe base64 without padding; empty for RECORD itself."""
    size: str
    """In bytes, decimal; may be empty."""


class Record(msgspec.Struct, frozen=True):
    """A RECORD that has been read."""

    lines: dict[str, Recorded]
    """By path; of several lines for one path the first."""
    remarks: tuple[str, ...]
    """What is wrong with its form."""


def parse_record(text: bytes) -> Record:
    """Return the lines by path.

    :raises ValueError: it is not text in UTF-8, or has a field that is too long.
    """
    found: dict[str, Recorded] = {}
    twice, short = [], False
    try:
        rows = [row for row in csv.reader(io.StringIO(text.decode(), newline="")) if row]
    except csv.Error as error:
        raise ValueError(str(error)) from error
    for row in rows:
        path, checksum, size = (*row, "", "")[:3]
        short = short or len(row) != _COLUMNS
        if path in found:
            twice.append(path)
        found.setdefault(path, Recorded(path, checksum, size))
    remarks = [f"its RECORD lists {listed(twice)} twice"] if twice else []
    if short:
        remarks.append("its RECORD has lines that do not have three columns")
    return Record(found, tuple(remarks))


def format_record(lines: Iterable[Recorded]) -> bytes:
    """Return the RECORD that consists of ``lines``, sorted by path."""
    text = io.StringIO(newline="")
    rows = sorted((line.path, line.hash, line.size) for line in lines)
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()


def digest(data: bytes, algorithm: str = "sha256") -> str:
    """Return the digest of ``data`` as RECORD has it."""
    return format_digest(algorithm, hashlib.new(algorithm, data).digest())


def format_digest(algorithm: str, value: bytes) -> str:
    """Return a digest as RECORD has it."""
    return f"{algorithm}={base64.urlsafe_b64encode(value).rstrip(b'=').decode('ascii')}"
