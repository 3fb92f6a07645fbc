"""The content of a member of a wheel, inflated in bounded pieces and held against what is declared."""

import os
import zlib
from collections.abc import Iterable, Iterator

from sparkferry.base.zip_write import STORED
from sparkferry.files import CHUNK
from sparkferry.layers.packages.zip_read import Member, RecodeError, WheelError


def read_content(handle: int, filename: str, member: Member) -> Iterator[bytes]:
    """Yield the inflated content in bounded pieces, and check its size and CRC at the end.

    :raises WheelError: it is not what the archive's directory says.
    :raises RecodeError: bytes follow the end of the deflate stream.
    """
    size = crc = 0
    for data in _inflated(handle, filename, member):
        size += len(data)
        if size > member.size:
            break
        crc = zlib.crc32(data, crc)
        yield data
    if size != member.size:
        than = "more" if size > member.size else "less"
        raise WheelError(
            filename, f"`{member.name}` holds {than} than the {member.size} bytes it declares"
        )
    if crc != member.crc:
        raise WheelError(filename, f"the CRC of `{member.name}` is wrong")


def _inflated(handle: int, filename: str, member: Member) -> Iterator[bytes]:
    end = member.offset + member.compressed
    starts = range(member.offset, end, CHUNK)
    pieces = (os.pread(handle, min(CHUNK, end - start), start) for start in starts)
    return pieces if member.method == STORED else _inflate(pieces, filename, member.name)


def _inflate(pieces: Iterable[bytes], filename: str, name: str) -> Iterator[bytes]:
    from isal import igzip_lib, isal_zlib

    surplus = False
    inflater = isal_zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        for piece in pieces:
            data = piece
            while data and not inflater.eof:
                yield inflater.decompress(data, CHUNK)
                data = inflater.unconsumed_tail
            surplus = surplus or bool(data)
        while rest := inflater.decompress(b"", CHUNK):
            yield rest
    except igzip_lib.IsalError as error:  # type: ignore[misc]  # isal's stubs call it an instance
        raise WheelError(filename, f"`{name}` cannot be inflated ({error})") from error
    if not inflater.eof:
        raise WheelError(filename, f"`{name}` cannot be inflated (its stream has no end)")
    if inflater.unused_data or surplus:
        raise RecodeError(filename, f"the stream of `{name}` ends before its last bytes")
