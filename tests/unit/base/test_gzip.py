import gzip
import hashlib
import zlib
from pathlib import Path

import pytest

from sparkferry.base import gzip as ours
from sparkferry.base.gzip import (
    HEAD,
    SeparateMember,
    chunks,
    inflated,
    member,
    members,
    split,
    stream_member,
    tail,
)  # fmt: skip

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
    spliced = HEAD + deflated(TEXT) + tail(zlib.crc32(TEXT), len(TEXT))
    assert gzip.decompress(spliced) == TEXT


def deflated(content: bytes) -> bytes:
    compressor = zlib.compressobj(wbits=-15)
    return compressor.compress(content) + compressor.flush()


@pytest.fixture(params=["at once", "piece by piece"])
def _both_ways(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "piece by piece":
        monkeypatch.setattr(ours, "_AT_ONCE", 0)


@pytest.mark.usefixtures("_both_ways")
@pytest.mark.parametrize("content", [TEXT, TEXT * 40, bytes(5 << 20), b"x"])
@pytest.mark.parametrize("size", [1, 1000, 1 << 20])
def test_a_member_of_a_stream_feeds_what_it_holds(content: bytes, size: int) -> None:
    stream, fed = deflated(content), bytearray()
    pieces = [stream[start : start + size] for start in range(0, len(stream), size)]
    made = stream_member(pieces, zlib.crc32(content), len(content), fed.extend)
    assert b"".join(made) == HEAD + stream + tail(zlib.crc32(content), len(content))
    assert fed == content


@pytest.mark.usefixtures("_both_ways")
@pytest.mark.parametrize(
    ("stream", "crc", "size"),
    [
        (deflated(TEXT), zlib.crc32(TEXT) ^ 1, len(TEXT)),
        (deflated(TEXT), zlib.crc32(TEXT), len(TEXT) - 1),
        (deflated(TEXT), zlib.crc32(TEXT), len(TEXT) + 1),
        (deflated(TEXT)[:-9], zlib.crc32(TEXT), len(TEXT)),
        (b"\xff" * 99, zlib.crc32(TEXT), len(TEXT)),
    ],
)
def test_a_stream_that_is_not_what_was_said_is_refused(stream: bytes, crc: int, size: int) -> None:
    with pytest.raises(ValueError, match=r"."):
        list(stream_member([stream], crc, size, len))


def test_what_members_hold_is_read_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"".join(members([TEXT * 20])))
    assert b"".join(map(bytes, inflated(tmp_path / "file"))) == TEXT * 20


def test_sizes_beyond_four_gigabytes_are_told_modulo() -> None:
    assert tail(1, (1 << 32) + 5) == tail(1, 5)


def test_chunks_are_of_one_size_but_the_last() -> None:
    assert list(chunks([b"a", b"bcdefg", b"", b"h"], 3)) == [b"abc", b"def", b"gh"]
    assert list(chunks([], 3)) == []


def test_many_chunks_stay_in_order() -> None:
    parts = [bytes([number]) * (1 << 20) for number in range(12)]
    assert gzip.decompress(b"".join(members(parts))) == b"".join(parts)


def test_what_stands_apart_has_a_member_to_itself() -> None:
    made = list(members([TEXT, b"a", SeparateMember(b"b"), SeparateMember(b"c"), b"d", TEXT]))
    parts = [TEXT + b"a", b"b", b"c", b"d" + TEXT]
    assert made == [member(part) for part in parts]


def test_what_was_compressed_before_is_copied() -> None:
    before, fed = gzip.compress(b"b", 1), bytearray()
    made = list(members([b"a", SeparateMember(b"b", before), b"c"], fed.extend))
    assert made == [member(b"a"), before, member(b"c")]
    assert fed == b"abc"


@pytest.mark.parametrize("size", [0, 1, 99_999, 1 << 20, 3 << 20])
def test_members_are_told_apart(size: int) -> None:
    content = (TEXT * (size // len(TEXT) + 1))[:size]
    made = [member(content), gzip.compress(b"other"), member(b""), member(content[::-1])]
    found = list(split(b"".join(made)))
    assert [bytes(each.content) for each in found] == [content, b"other", b"", content[::-1]]
    assert [bytes(each.made()) for each in found] == made
