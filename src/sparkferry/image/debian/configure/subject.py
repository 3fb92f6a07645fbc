"""The hash of a certificate's subject, by which OpenSSL looks for it in a directory.

The SHA-1 of the canonical form of the name, after ``crypto/x509/x_name.c`` of OpenSSL; DER after
ITU-T X.690 and X.509.
"""

import hashlib
import re
from collections.abc import Iterator

_SEQUENCE, _SET, _UTF8, _VERSION = 0x30, 0x31, 0x0C, 0xA0
_ENCODINGS = {
    0x0C: "utf-8",
    0x13: "ascii",
    0x14: "latin-1",
    0x16: "ascii",
    0x1A: "ascii",
    0x1C: "utf-32-be",
    0x1E: "utf-16-be",
}
"""Strings that are made canonical, by tag: UTF8, Printable, T61, IA5, Visible, Universal, BMP."""

_BLANKS = re.compile("[ \\t\\n\\v\\f\\r]+")


def subject_hash(certificate: bytes) -> str:
    """Return what ``openssl x509 -subject_hash`` prints for a certificate in DER.

    :raises ValueError: it is none.
    """
    names = b"".join(_canonical_set(content) for _, content in _values(_subject(certificate)))
    digest = hashlib.sha1(names, usedforsecurity=False).digest()
    return f"{int.from_bytes(digest[:4], 'little'):08x}"


def _subject(certificate: bytes) -> bytes:
    """Return the content of the subject: of serial, algorithm, issuer, validity, subject the fifth."""
    fields = [item for item in _inside(_inside_first(certificate)) if item[0] != _VERSION]
    if len(fields) < 5:
        raise ValueError("not a certificate")
    return fields[4][1]


def _inside_first(data: bytes) -> bytes:
    for _, content in _values(data):
        return content
    raise ValueError("not a certificate")


def _inside(data: bytes) -> Iterator[tuple[int, bytes]]:
    return _values(_inside_first(data))


def _canonical_set(content: bytes) -> bytes:
    pairs = (b"".join(_canonical_pair(pair)) for _, pair in _values(content))
    return _encode(_SET, b"".join(sorted(_encode(_SEQUENCE, pair) for pair in pairs)))


def _canonical_pair(pair: bytes) -> Iterator[bytes]:
    for tag, content in _values(pair):
        encoding = _ENCODINGS.get(tag)
        if encoding is None:
            yield _encode(tag, content)
        else:
            yield _encode(_UTF8, _canonical_text(content.decode(encoding)).encode())


def _canonical_text(text: str) -> str:
    """Return the text in lower case, as far as ASCII goes, with single blanks and none at its ends."""
    single = _BLANKS.sub(" ", text).strip(" ")
    return "".join(letter.lower() if letter.isascii() else letter for letter in single)


def _values(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield tag and content of each value; DER's definite lengths, tags of one byte."""
    at = 0
    while at < len(data):
        tag, size, at = data[at], data[at + 1], at + 2
        if size & 0x80:
            width = size & 0x7F
            size, at = int.from_bytes(data[at : at + width]), at + width
        if at + size > len(data):
            raise ValueError("not DER")
        yield tag, data[at : at + size]
        at += size


def _encode(tag: int, content: bytes) -> bytes:
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    width = (size.bit_length() + 7) // 8
    return bytes((tag, 0x80 | width)) + size.to_bytes(width) + content
