"""Tiny ELF files: valid for readers of headers, dynamic section and symbol versions."""

import struct

AMD64, ARM64 = 62, 183
_HEADER, _PROGRAM, _SECTION = "<16sHHIQQQIHHHHHH", "<IIQQQQQQ", "<IIQQQQIIQQ"


class _Strings:
    def __init__(self):
        self.data = b"\0"

    def add(self, text):
        start = len(self.data)
        self.data += text.encode() + b"\0"
        return start


def make_elf(*, machine=AMD64, needed=(), runpath="", versions=(), debug=b"", soname=""):
    """Return a shared object; with ``debug`` also a section table that has a section of it.

    ``versions`` are those that it asks of ``libc.so.6``, such as ``GLIBC_2.34``.
    """
    strings = _Strings()
    entries = [(1, strings.add(name)) for name in needed]
    if soname:
        entries.append((14, strings.add(soname)))
    if runpath:
        entries.append((29, strings.add(runpath)))
    verneed = b""
    if versions:
        verneed = struct.pack("<HHIII", 1, len(versions), strings.add("libc.so.6"), 16, 0)
        for number, version in enumerate(versions, 1):
            step = 16 if number < len(versions) else 0
            verneed += struct.pack("<IHHII", 0, 0, number, strings.add(version), step)
    dynamic_at = 64 + 2 * 56
    strings_at = dynamic_at + 16 * (len(entries) + 4)
    verneed_at = strings_at + len(strings.data)
    entries += [(5, strings_at)]
    entries += [(0x6FFFFFFE, verneed_at), (0x6FFFFFFF, 1)] if versions else []
    dynamic = b"".join(struct.pack("<qQ", *entry) for entry in [*entries, (0, 0)])
    end = verneed_at + len(verneed)
    loaded = dynamic.ljust(strings_at - dynamic_at, b"\0") + strings.data + verneed
    head = struct.pack(_PROGRAM, 1, 5, 0, 0, 0, end, end, 4096)
    head += struct.pack(
        _PROGRAM, 2, 6, dynamic_at, dynamic_at, dynamic_at, *([len(dynamic)] * 2), 8
    )
    table = _section_table(debug, strings_at, len(strings.data), end) if debug else b""
    at, count = (end + len(debug) + len(_NAMES), 4) if debug else (0, 0)
    ident = b"\x7fELF\x02\x01\x01".ljust(16, b"\0")
    start = struct.pack(_HEADER, ident, 3, machine, 1, 0, 64, at, 0, 64, 56, 2, 64, count, 3)
    return start + head + loaded + debug + (_NAMES if debug else b"") + table


_NAMES = b"\0.dynstr\0.debug_info\0.shstrtab\0"


def _section_table(debug, strings_at, strings_size, end):
    sections = [
        (0,) * 10,
        (1, 3, 2, strings_at, strings_at, strings_size, 0, 0, 1, 0),
        (9, 1, 0, 0, end, len(debug), 0, 0, 1, 0),
        (21, 3, 0, 0, end + len(debug), len(_NAMES), 0, 0, 1, 0),
    ]
    return b"".join(struct.pack(_SECTION, *section) for section in sections)
