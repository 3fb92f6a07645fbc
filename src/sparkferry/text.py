"""Text files that users write, decoded as pip decodes requirements files.

A byte order mark decides (UTF-8, UTF-16, UTF-32; Unicode Standard, section 23.8); then, where the
format has them, the coding line of PEP 263; else the file is UTF-8.
"""

import codecs
import re
from pathlib import Path
from typing import Any

from sparkferry.errors import UserError

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    # UTF-32 first: its little-endian mark begins with that of UTF-16.
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

_CODING = re.compile(rb"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")
"""PEP 263; only the first two lines of a file count."""

_SAVE_AS_UTF8 = "save the file as UTF-8"


class EncodingError(UserError):
    """A file is not the text that its byte order mark, its coding line or UTF-8 says."""

    def __init__(self, name: str, reason: str, line: int) -> None:
        super().__init__(f"could not read `{name}`: line {line}: {reason}", hint=_SAVE_AS_UTF8)
        self.reason = reason
        self.line = line
        """The line that cannot be decoded, counted from 1."""


def read_text(path: Path, name: str | None = None, *, coding: bool = False) -> str:
    """Return the text of ``path``, without a byte order mark; line breaks stay as they are.

    Messages call it ``name``. ``coding`` says that the format has coding lines.

    :raises EncodingError: it cannot be decoded, or holds NUL characters.
    :raises OSError: it cannot be read.
    """
    return decode_text(path.read_bytes(), name or path.name, coding=coding)


def read_toml_text(path: Path, name: str | None = None) -> str:
    """Return the text of a TOML file, which is UTF-8 (TOML 1.0), with or without byte order mark.

    :raises EncodingError: it has another encoding.
    :raises OSError: it cannot be read.
    """
    return decode_toml_text(path.read_bytes(), name or path.name)


def read_toml_or_empty(path: Path) -> dict[str, Any]:
    """Return the content of a TOML file, empty where there is none or it cannot be read.

    For settings that another program reads as well, and names where they are not valid.
    """
    import tomllib

    try:
        return tomllib.loads(read_toml_text(path))
    except (OSError, ValueError, EncodingError):
        return {}


def decode_toml_text(data: bytes, name: str) -> str:
    """Return ``data`` as :func:`read_toml_text` returns the content of a file.

    :raises EncodingError: it has another encoding.
    """
    encoding = _marked(data)[1]
    if encoding not in {"", "utf-8"}:
        raise EncodingError(name, f"the file is {encoding.upper()}, and TOML is UTF-8", 1)
    return decode_text(data, name)


def decode_text(data: bytes, name: str, *, coding: bool = False) -> str:
    """Return ``data`` as :func:`read_text` returns the content of a file.

    :raises EncodingError: it cannot be decoded, or holds NUL characters.
    """
    mark, encoding = _marked(data)
    encoding = encoding or (_coding_line(data, name) if coding else "") or "utf-8"
    content = data[len(mark) :]
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content[: error.start].decode(encoding, "replace").count("\n") + 1
        byte = len(mark) + error.start
        reason = f"byte {byte} (0x{data[byte]:02x}) is not valid {encoding.upper()}"
        raise EncodingError(name, reason, line) from error
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        reason = "NUL character: the file may be UTF-16 without a byte order mark"
        raise EncodingError(name, reason, line)
    return text


def text_lines(text: str) -> list[str]:
    """Return the lines of ``text`` without their ends, which are LF, CRLF or CR.

    Other than :meth:`str.splitlines`, no further character ends a line: editors count lines so.
    """
    return re.split(r"\r\n|\r|\n", text)


def _marked(data: bytes) -> tuple[bytes, str]:
    """Return the byte order mark and the encoding that it stands for; both empty without a mark."""
    return next((item for item in _MARKS if data.startswith(item[0])), (b"", ""))


def _coding_line(data: bytes, name: str) -> str:
    for number, line in enumerate(data.splitlines()[:2], 1):
        found = _CODING.match(line)
        if found is None:
            continue
        encoding = found[1].decode("ascii", "replace")
        try:
            if b"x".decode(encoding) == "x":
                return encoding
        except (LookupError, UnicodeDecodeError):
            pass
        raise EncodingError(name, f"`{encoding}` is not the name of a text encoding", number)
    return ""
