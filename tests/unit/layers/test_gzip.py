import gzip
import hashlib
import zlib

from sparkferry.layers.gzip import HEAD, chunks, member, members, tail

TEXT = b"".join(b"%d bottles of beer on the wall\n" % number for number in range(5_000))


def test_the_same_bytes_on_any_machine() -> None:
    """Another digest here is another digest of every layer: raise the module's format then."""
    digest = hashlib.sha256(member(TEXT)).hexdigest()
    assert digest == "6cc8c0e2c43404cc6db1b241ce7eadf1ac294bf2b737bdf6825cabcfe869f3a8"


def test_a_member_has_no_name_and_no_time() -> None:
    assert member(b"a")[:8] == HEAD[:8]


def test_members_are_read_as_one_file() -> None:
    parts = [TEXT, b"", TEXT * 20, b"end"]
    assert gzip.decompress(b"".join(members(parts))) == b"".join(parts)


def test_members_do_not_depend_on_how_the_content_arrives() -> None:
    whole = TEXT * 20
    pieces = [whole[start : start + 999] for start in range(0, len(whole), 999)]
    assert list(members([whole])) == list(members(pieces))


def test_a_deflate_stream_becomes_a_member_as_it_is() -> None:
    compressor = zlib.compressobj(wbits=-15)
    stream = compressor.compress(TEXT) + compressor.flush()
    spliced = HEAD + stream + tail(zlib.crc32(TEXT), len(TEXT))
    assert gzip.decompress(spliced) == TEXT


def test_sizes_beyond_four_gigabytes_are_told_modulo() -> None:
    assert tail(1, (1 << 32) + 5) == tail(1, 5)


def test_chunks_are_of_one_size_but_the_last() -> None:
    assert list(chunks([b"a", b"bcdefg", b"", b"h"], 3)) == [b"abc", b"def", b"gh"]
    assert list(chunks([], 3)) == []


def test_many_chunks_stay_in_order() -> None:
    parts = [bytes([number]) * (1 << 20) for number in range(12)]
    assert gzip.decompress(b"".join(members(parts))) == b"".join(parts)
