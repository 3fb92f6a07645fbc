"""Text as users' editors and shells write it."""

import codecs

import pytest

from sparkferry.errors import UserError
from sparkferry.text import EncodingError, decode_text, decode_toml_text, read_text, text_lines

SAID = "numpy==1.0  # crème\n"


@pytest.mark.parametrize(
    ("mark", "encoding"),
    [
        (b"", "utf-8"),
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (codecs.BOM_UTF32_LE, "utf-32-le"),
        (codecs.BOM_UTF32_BE, "utf-32-be"),
    ],
)
def test_a_byte_order_mark_decides_and_goes(tmp_path, mark, encoding):
    (tmp_path / "a.txt").write_bytes(mark + SAID.encode(encoding))
    assert read_text(tmp_path / "a.txt") == SAID


def test_a_coding_line_counts_where_the_format_has_them():
    data = b"# vim\n# -*- coding: latin-1 -*-\n# cr\xe8me\n"
    assert "crème" in decode_text(data, "a", coding=True)
    with pytest.raises(EncodingError) as caught:
        decode_text(data, "a")
    assert caught.value.line == 3
    with pytest.raises(EncodingError, match="`klingon` is not the name of a text encoding"):
        decode_text(b"# coding: klingon\n", "a", coding=True)
    with pytest.raises(EncodingError, match="`hex` is not the name of a text encoding"):
        decode_text(b"# coding: hex\n", "a", coding=True)


def test_what_cannot_be_decoded_is_told_with_file_line_byte_and_encoding():
    with pytest.raises(UserError) as caught:
        decode_text(b"one\ntwo \xff\n", "notes.txt")
    assert caught.value.message == (
        "could not read `notes.txt`: line 2: byte 8 (0xff) is not valid UTF-8"
    )
    with pytest.raises(EncodingError, match="is not valid UTF-16-LE"):
        decode_text(codecs.BOM_UTF16_LE + "one\n".encode("utf-16-le") + b"x", "notes.txt")


def test_utf16_without_a_mark_is_told():
    with pytest.raises(EncodingError, match="UTF-16 without a byte order mark"):
        decode_text("demo==1.0\n".encode("utf-16-le"), "requirements.txt")


def test_toml_is_utf8():
    assert decode_toml_text(codecs.BOM_UTF8 + b"a = 1\r\n", "a.toml") == "a = 1\r\n"
    with pytest.raises(EncodingError, match="the file is UTF-16-LE, and TOML is UTF-8"):
        decode_toml_text("\ufeffa = 1".encode("utf-16-le"), "a.toml")


def test_lines_end_where_editors_end_them():
    assert text_lines("a\r\nb\rc\nd\u2028\x0ce") == ["a", "b", "c", "d\u2028\x0ce"]
