"""Digests that locks name for files, in the form ``<algorithm>:<hexadecimal>``, of any secure algorithm."""

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Protocol

import msgspec

from sparkferry.files import CHUNK

WEAK = frozenset({"md5", "sha1"})
"""Algorithms with known collisions: a file is not accepted for them alone (pip refuses them, too)."""

_OPEN_ENDED = frozenset({"shake_128", "shake_256"})
"""Algorithms whose digests have no length of their own."""

SECURE = hashlib.algorithms_guaranteed - WEAK - _OPEN_ENDED
"""Algorithms that a file is accepted for: PEP 751 names those that every Python has."""

_SHORT_BLAKE2B = 32
"""Bytes of the BLAKE2b digests that uv writes, beside the full 64."""


class _Hasher(Protocol):
    def update(self, data: bytes, /) -> None: ...
    def hexdigest(self) -> str: ...


class DigestError(ValueError):
    """A text is not a digest that a file could be accepted for; the message is the reason."""


class Allowed(msgspec.Struct, frozen=True):
    """The digests that one entry of a lock allows: a file needs one of them."""

    place: str
    """Where the entry stands, such as ``requirements.txt:3``."""
    digests: tuple[str, ...]


def parse_digest(text: str) -> str:
    """Return the digest in lower case.

    :raises DigestError: its algorithm is weak or unknown, or it has not the form of a digest.
    """
    algorithm, colon, value = (part.strip().lower() for part in text.partition(":"))
    if not colon:
        raise DigestError(f"`{text}` is not of the form `sha256:<hexadecimal>`")
    if algorithm in WEAK:
        raise DigestError(f"{algorithm} is not secure; sha256, sha384 or sha512 is needed")
    if algorithm not in SECURE:
        raise DigestError(f"`{algorithm}` is not a hash algorithm that Python has")
    if len(value) not in _lengths(algorithm) or not _is_hexadecimal(value):
        raise DigestError(f"`{value}` is not a {algorithm} digest")
    return f"{algorithm}:{value}"


def parse_digests(table: Mapping[str, object]) -> tuple[str, ...]:
    """Return the digests of a PEP 751 table ``hashes`` without those of weak algorithms.

    :raises DigestError: none is left, or one is not of the form of its algorithm.
    """
    named = {name: value for name, value in table.items() if name.lower() not in WEAK}
    if not named:
        weak = ", ".join(sorted(table))
        raise DigestError(
            f"its only hash is {weak}, which is not secure" if weak else "it has no hash"
        )
    return tuple(parse_digest(f"{name}:{value}") for name, value in sorted(named.items()))


def algorithm_of(digest: str) -> str:
    """Return the algorithm of a digest."""
    return digest.partition(":")[0]


def digest_file(path: Path, digests: Iterable[str]) -> frozenset[str]:
    """Return the digests of a file's content by the algorithms, and of the lengths, of ``digests``."""
    kinds = {(algorithm_of(digest), len(digest.partition(":")[2]) // 2) for digest in digests}
    hashers = {kind: _hasher(*kind) for kind in kinds}
    with path.open("rb") as stream:
        while chunk := stream.read(CHUNK):
            for hasher in hashers.values():
                hasher.update(chunk)
    return frozenset(f"{name}:{hasher.hexdigest()}" for (name, _), hasher in hashers.items())


def _hasher(algorithm: str, size: int) -> _Hasher:
    if algorithm == "blake2b":
        return hashlib.blake2b(digest_size=size)
    return hashlib.new(algorithm)


def _lengths(algorithm: str) -> set[int]:
    full = hashlib.new(algorithm).digest_size * 2
    return {full, _SHORT_BLAKE2B * 2} if algorithm == "blake2b" else {full}


def _is_hexadecimal(value: str) -> bool:
    return not value.strip("0123456789abcdef")
